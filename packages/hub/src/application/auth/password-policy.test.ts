import { describe, expect, test } from 'vitest';
import { refuseWeakPassword } from './password-policy.ts';

const EMAIL = 'anna.schmidt@example.com';

function verdict(password: string): string {
  try {
    refuseWeakPassword(password, EMAIL);
    return 'taken';
  } catch (thrown) {
    return (thrown as { readonly code: string }).code;
  }
}

describe('A2: passwords that are tried first are refused', () => {
  test.each([
    ['elevenchars', 'shorter than twelve characters'],
    ['ééééééééééé', 'eleven characters in 22 bytes'],
    ['password1234', 'common, with digits behind'],
    ['Summer2026!!!', 'common, with digits and signs behind'],
    ['2026!Administrator', 'common, with digits in front'],
    ['P@$$w0rd2026', 'common, with signs for letters'],
    ['adminadminadmin', 'common, repeated'],
    ['aaaaaaaaaaaa', 'one character'],
    ['121212121212', 'two characters'],
    ['123456789012', 'the row of digits'],
    ['qwertyuiop123', 'the row of keys'],
    ['1q2w3e4r5t6y', 'a pattern of keys'],
    ['CorrectHorseBatteryStaple', 'the most famous passphrase'],
    ['password1password', 'a common word twice, a digit between'],
    ['adminpassword', 'two common words'],
    ['trustno1trustno1', 'a common one, repeated'],
    ['changeme1changeme', 'a common one twice, a digit between'],
    ['1qazxsw23edc', 'the columns of keys'],
    ['poiuytrewq!@#', 'the row of keys backwards'],
    ['iloveyoubaby', 'common words'],
    ['manchesterunited', 'a club'],
    ['harleydavidson', 'a brand'],
    ['christmas2026', 'a holiday and a year'],
    ['Welcome-Admin-2026', 'common words with signs between'],
    ['f1l3tr4nsf3r!!', 'what the product does, with digits for letters'],
    ['31.12.1999 23:59', 'a date'],
    ['Schmidt loves Basel', "the user's name"],
    ['harbour ANNA quay', 'a part of it'],
    ['my ferryline hub', "the product's name"],
    ['the night Ferry', 'a part of it'],
  ])('%s: %s', (password) => {
    expect(verdict(password)).toBe('VALIDATION');
  });

  test.each([
    'correct horse battery staple',
    'a long enough one',
    'nineteen owls at dusk',
    '長い長い長い長い長いパス',
    '8f#Kq!2zLp9w',
    'x7 x7 x7 x7 x7 y8',
    'herons over monday marsh',
    'password of a walrus',
    '7#4%2&9!5@1*',
    '🐙🦀🐚🐠🐟🐡🦈🐬🐳🐋🦐🦑',
    `${'long words '.repeat(93)}`,
  ])('%s is taken: nothing is asked of its composition', (password) => {
    expect(verdict(password)).toBe('taken');
  });

  test('the words of a name that are too short to mean anything do not count', () => {
    expect(() => refuseWeakPassword('bold as a lion in june', 'al@example.com')).not.toThrow();
  });

  test('A9: more than 1,024 bytes are refused', () => {
    expect(verdict('é'.repeat(513))).toBe('VALIDATION');
  });

  test('a refusal does not show the password', () => {
    expect(() => refuseWeakPassword('schmidt of the seven seas', EMAIL)).toThrow(/^(?!.*seven seas)/);
  });
});
