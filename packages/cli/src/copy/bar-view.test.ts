import { describe, expect, test } from 'vitest';
import { barLine } from './bar-view.ts';

const look = {
  percent: 50,
  amount: '138.0 MiB of 276.0 MiB, 4493 of 10540 files',
  rate: '26.4 MiB/s',
  eta: '5.2 s',
};

describe('barLine', () => {
  test('draws a bar before the words where there is room', () => {
    expect(barLine(look, 120)).toBe(
      `${'█'.repeat(12)}${'░'.repeat(12)} 50% | 138.0 MiB of 276.0 MiB, 4493 of 10540 files | 26.4 MiB/s | 5.2 s left`,
    );
  });

  test('gives the words what the terminal has, before the bar', () => {
    expect(barLine({ ...look, amount: '1.0 GiB of 2.0 GiB, 0 of 1 file' }, 80)).toHaveLength(79);
    expect(barLine(look, 80)).toMatch(/^50% .* left$/);
  });

  test('leaves out the time that nobody can say', () => {
    expect(barLine({ ...look, eta: '' }, 120)).toMatch(/26\.4 MiB\/s$/);
  });
});
