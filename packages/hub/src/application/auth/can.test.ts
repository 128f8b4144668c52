import { describe, expect, test } from 'vitest';
import type { GrantAccess } from '../../domain/agent/grant.ts';
import { type Scope, scopes } from '../../domain/user/api-key.ts';
import { type UserRole, userRoles } from '../../domain/user/user.ts';
import { type Action, authorize, can, type Subject } from './can.ts';
import type { Credential, Principal } from './principal.ts';

const ME = 1;
const SOMEBODY_ELSE = 2;

const credentials: Readonly<Record<string, Credential>> = {
  'signed in': { kind: 'signIn', id: 'f'.repeat(32) },
  'an API key': { kind: 'apiKey', id: 7 },
  'the schedule': { kind: 'schedule', jobId: 3 },
};

const ownedKinds = ['job', 'run', 'transfer', 'apiKey', 'signIn'] as const;
const agentShared = (grant: GrantAccess | undefined): Subject => ({ kind: 'agent', grant });

const subjects: Readonly<Record<string, Subject>> = {
  ...Object.fromEntries(ownedKinds.map((kind) => [`own ${kind}`, { kind, ownerId: ME }])),
  ...Object.fromEntries(ownedKinds.map((kind) => [`foreign ${kind}`, { kind, ownerId: SOMEBODY_ELSE }])),
  oneself: { kind: 'user', ownerId: ME },
  'another user': { kind: 'user', ownerId: SOMEBODY_ELSE },
  'agent not shared': agentShared(undefined),
  'agent shared to read': agentShared('read'),
  'agent shared to write': agentShared('write'),
  'the hub': { kind: 'hub' },
};

const actions: readonly Action[] = ['read', 'run', 'fill', 'write', 'account'];

const ALL = 'read run fill write account';
const NONE = '';

/** What a role may do to a subject, whatever the credential, and how it is refused the rest. */
const byRole: Readonly<
  Record<UserRole, Readonly<Record<string, { allowed: string; refusal: 'NOT_FOUND' | 'FORBIDDEN' }>>>
> = {
  admin: Object.fromEntries(Object.keys(subjects).map((name) => [name, { allowed: ALL, refusal: 'FORBIDDEN' }])),
  user: {
    ...Object.fromEntries(ownedKinds.map((kind) => [`own ${kind}`, { allowed: ALL, refusal: 'FORBIDDEN' }])),
    ...Object.fromEntries(ownedKinds.map((kind) => [`foreign ${kind}`, { allowed: NONE, refusal: 'NOT_FOUND' }])),
    oneself: { allowed: 'read account', refusal: 'FORBIDDEN' },
    'another user': { allowed: NONE, refusal: 'NOT_FOUND' },
    'agent not shared': { allowed: NONE, refusal: 'NOT_FOUND' },
    'agent shared to read': { allowed: 'read run', refusal: 'FORBIDDEN' },
    'agent shared to write': { allowed: 'read run fill', refusal: 'FORBIDDEN' },
    'the hub': { allowed: NONE, refusal: 'FORBIDDEN' },
  },
};

/** What is left of that: a scope and a credential only take away. */
const byScope: Readonly<Record<Scope, string>> = { read: 'read', run: 'read run fill', full: ALL };
const byCredential: Readonly<Record<string, string>> = {
  'signed in': ALL,
  'an API key': 'read run fill write',
  'the schedule': 'read run fill write',
};

function principal(role: UserRole, scope: Scope, credential: string): Principal {
  const by = credentials[credential];
  if (by === undefined) throw new Error(`no credential ${credential}`);
  return { userId: ME, role, email: 'kim@example.com', scope, credential: by };
}

/** `allowed`, or the code that it is refused with. */
function answer(who: Principal, action: Action, subject: Subject): string {
  try {
    authorize(who, action, subject, { named: 'thing 5', doing: 'do that' });
    return 'allowed';
  } catch (thrown) {
    return (thrown as { readonly code: string }).code;
  }
}

/** What the tables above say: who may not even see the subject is told that it is not there, everybody else that they may not. */
function expected(who: Principal, credential: string, name: string, action: Action): string {
  const { allowed = '', refusal = '' } = byRole[who.role][name] ?? {};
  if (!among(allowed, action)) return refusal;
  return among(byScope[who.scope], action) && among(byCredential[credential], action) ? 'allowed' : 'FORBIDDEN';
}

function among(list: string | undefined, action: Action): boolean {
  return (list ?? '').split(' ').includes(action);
}

/** Every subject and action, with what is said to it. */
function table(
  cell: (name: string, subject: Subject, action: Action) => string,
): Record<string, Record<string, string>> {
  const row = (name: string, subject: Subject) => actions.map((action) => [action, cell(name, subject, action)]);
  return Object.fromEntries(
    Object.entries(subjects).map(([name, subject]) => [name, Object.fromEntries(row(name, subject))]),
  );
}

describe.each(userRoles)('A20: a principal of role %s', (role) => {
  describe.each(scopes)('with scope %s', (scope) => {
    test.each(Object.keys(credentials))('by %s may do what the table says, to everything', (credential) => {
      const who = principal(role, scope, credential);

      expect(table((_name, subject, action) => answer(who, action, subject))).toEqual(
        table((name, _subject, action) => expected(who, credential, name, action)),
      );
    });
  });
});

test('can says whether authorize would pass', () => {
  const who = principal('user', 'run', 'an API key');

  const verdicts = table((_name, subject, action) => String(can(who, action, subject)));

  expect(verdicts).toEqual(table((_name, subject, action) => String(answer(who, action, subject) === 'allowed')));
});

describe('a refusal', () => {
  const mine: Subject = { kind: 'job', ownerId: ME };

  test.each([
    [
      'a hidden object is named and nothing else',
      principal('user', 'full', 'signed in'),
      { kind: 'job', ownerId: 2 },
      'write',
      'There is no thing 5.',
    ],
    [
      'a person is sent to an administrator',
      principal('user', 'full', 'signed in'),
      { kind: 'hub' },
      'write',
      'You may not do that. Ask an administrator.',
    ],
    [
      'a key for the account is sent to sign in',
      principal('user', 'full', 'an API key'),
      mine,
      'account',
      'To do that, sign in with your password: an API key cannot.',
    ],
    [
      'a key for reading says so',
      principal('user', 'read', 'an API key'),
      mine,
      'run',
      'This API key is for reading only, so it cannot do that. Make one with a wider scope.',
    ],
    [
      'a key for running says so',
      principal('user', 'run', 'an API key'),
      mine,
      'write',
      'This API key is for running only, so it cannot do that. Make one with a wider scope.',
    ],
  ] satisfies [string, Principal, Subject, Action, string][])('%s', (_what, who, subject, action, message) => {
    expect(() => authorize(who, action, subject, { named: 'thing 5', doing: 'do that' })).toThrow(message);
  });
});
