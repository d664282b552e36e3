import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

describe('npm run servers', () => {
  // With nothing installed: what should be refused and is not, starts nothing.
  const cache = mkdtempSync(join(tmpdir(), 'stowage-command-'));
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  const run = (
    ...args: readonly string[]
  ): { readonly status: number | null; readonly stdout: string; readonly stderr: string } =>
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

  it('does not take one that is up on another port for the one that is asked for', () => {
    // Known by its keeper, whose arguments have its directory.
    const directory = join(cache, 'stands-here');
    const standing = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', directory]);
    const endpoint = 'http://127.0.0.1:7070';
    const keys = { region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' };
    const processes = [{ name: 'keeper', pid: standing.pid }];
    mkdirSync(join(cache, 'up'));
    writeFileSync(
      join(cache, 'up', 'versitygw.json'),
      JSON.stringify({ name: 'versitygw', directory, endpoint, processes, ...keys }),
    );
    try {
      const other = run('up', 'versitygw', '--port=7171');
      expect([other.status, other.stdout]).toEqual([1, '']);
      expect(other.stderr).toContain(`versitygw is up at ${endpoint}: stop it first`);
      for (const port of [[], ['--port=7070']]) {
        const same = run('up', 'versitygw', ...port);
        expect([same.status, same.stderr]).toEqual([0, expect.stringContaining('up until')]);
        expect(same.stdout).toContain(`S3_TEST_ENDPOINT=${endpoint}\n`);
      }
    } finally {
      standing.kill();
    }
  });
});
