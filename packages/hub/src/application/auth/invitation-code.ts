import { randomSecret, SECRET_PATTERN } from './credential-secret.ts';

const INVITATION_CODE = new RegExp(`^fri_${SECRET_PATTERN}$`);

/** What an administrator hands to a user, who sets their password with it, once. */
export function newInvitationCode(): string {
  return `fri_${randomSecret()}`;
}

export function isInvitationCode(text: string): boolean {
  return INVITATION_CODE.test(text);
}
