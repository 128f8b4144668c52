import { z } from 'zod';

/** RFC 5321: no address is longer. */
const MAX_EMAIL_LENGTH = 254;
const MAX_PASSWORD_LENGTH = 1_024;
const MAX_CODE_LENGTH = 128;

export const emailText = z.string().min(1).max(MAX_EMAIL_LENGTH);

export const passwordText = z.string().min(1).max(MAX_PASSWORD_LENGTH).meta({ format: 'password' });

/** A one-time code: of an invitation, or of a hub that has no users yet. */
export const codeText = z.string().min(1).max(MAX_CODE_LENGTH);
