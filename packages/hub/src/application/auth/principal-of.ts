import type { ApiKey } from '../../domain/user/api-key.ts';
import type { SignIn } from '../../domain/user/sign-in.ts';
import type { User } from '../../domain/user/user.ts';
import type { Principal } from './principal.ts';

/** A signed-in user: all their rights. */
export function signedIn(user: User, { id }: Pick<SignIn, 'id'>, address: string | undefined): Principal {
  return { ...identity(user, address), scope: 'full', credential: { kind: 'signIn', id } };
}

/** A program with a user's key: their rights, as far as the key's scope goes. */
export function withKey(user: User, { id, scope }: ApiKey, address: string | undefined): Principal {
  return { ...identity(user, address), scope, credential: { kind: 'apiKey', id } };
}

function identity({ id, role, email }: User, address: string | undefined) {
  return { userId: id, role, email, ...(address !== undefined && { address }) };
}
