import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

describe('npm run servers', () => {
  // With nothing installed: what should be refused and is not, starts nothing.
  const cache = mkdtempSync(join(tmpdir(), 'stowage-command-'));
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  const run = (...args: readonly string[]): { readonly status: number | null; readonly stderr: string } =>
    spawnSync(process.execPath, ['scripts/servers.mjs', ...args], {
      env: { ...process.env, STOWAGE_SERVERS_CACHE: cache },
      encoding: 'utf8',
      timeout: 30_000,
    });

  it.each([
    ['up', 'versitygw', '--port=abc'],
    ['up', 'versitygw', '--port='],
    ['up', 'versitygw', '--port=0'],
    ['up', 'versitygw', '--port=65536'],
    ['up', 'versitygw', '--prot=7171'],
    ['down', 'versitygw', '--tls'],
  ])('does not take %s %s %s', (verb, name, option) => {
    const { status, stderr } = run(verb, name, option);
    expect(stderr).toContain(`No such option: ${option}\n`);
    expect(status).toBe(2);
  });

  it('takes a port', () => {
    const { status, stderr } = run('up', 'versitygw', '--tls', '--port=7171');
    expect(stderr).toContain('not installed');
    expect(status).toBe(1);
  });
});
