import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Io } from '../io.ts';
import { promptSecret } from './prompt-secret.ts';

function terminal(): { io: Io; keys: PassThrough; shown: () => string; modes: boolean[] } {
  const modes: boolean[] = [];
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  const screen = new PassThrough();
  let shown = '';
  screen.on('data', (piece) => {
    shown += String(piece);
  });
  const io: Io = { env: {}, stdin: keys, stdout: new PassThrough(), stderr: screen };
  return { io, keys, shown: () => shown, modes };
}

describe('promptSecret', () => {
  test('returns what was typed, corrections done, and shows none of it', async () => {
    const { io, keys, shown, modes } = terminal();
    keys.write('sekrex');
    keys.write('\u007ft\r');
    await expect(promptSecret(io, 'Password: ')).resolves.toBe('sekret');
    expect(shown()).toBe('Password: \n');
    expect(modes).toEqual([true, false]);
  });

  test('leaves on Ctrl-C, with the terminal as it was', async () => {
    const { io, keys, modes } = terminal();
    keys.write('sek\u0003');
    await expect(promptSecret(io, 'Password: ')).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(modes).toEqual([true, false]);
  });

  test('says what else to use when there is no terminal', async () => {
    const io = { ...terminal().io, stdin: new PassThrough() };
    await expect(promptSecret(io, 'Password: ')).rejects.toThrow(/FERRY_PASSWORD/);
  });
});
