import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeHubConfig } from './describe-hub-config.ts';
import { loadHubConfig } from './load-hub-config.ts';

test('a described configuration is a file that says the same, tells where each value comes from, and holds no secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-config-'));
  try {
    const sources = {
      flags: {
        port: '7500',
        'tls.certFile': '/etc/hub.pem',
        'tls.keyFile': '/etc/hub.key',
        'database.url': 'postgres://hub:geheim@db.example/ferryline',
      },
      env: { HOME: '/home/kim', FERRY_ADMIN_PASSWORD: 'streng geheim', FERRY_TRUSTED_PROXIES: '10.0.0.5, ::1' },
    };
    const config = loadHubConfig(sources);

    const text = describeHubConfig(config, sources);

    expect(text).not.toContain('geheim');
    expect(text).toMatch(/^port: 7500 # on the command line$/m);
    expect(text).toMatch(/^host: 127\.0\.0\.1 # default$/m);
    expect(text).toMatch(/^ {2}password: "?\*{8}"? # in FERRY_ADMIN_PASSWORD$/m);
    const file = join(folder, 'hub.yaml');
    writeFileSync(file, text.replaceAll('********', 'masked'));
    const again = loadHubConfig({ flags: {}, env: {}, file });
    expect({ ...again, admin: {}, postgres: {} }).toEqual({ ...config, admin: {}, postgres: {} });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
