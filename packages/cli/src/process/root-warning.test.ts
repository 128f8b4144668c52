import { expect, test } from 'vitest';
import { rootWarning } from './root-warning.ts';

test('a service that runs as root says so, and any other is silent', () => {
  expect(rootWarning('hub', 0)).toMatch(/runs as root/);
  expect(rootWarning('agent', 0)).toMatch(/runs as root.*unless/);
  expect(rootWarning('hub', 1_000)).toBeUndefined();
});
