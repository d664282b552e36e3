import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { start } from '../../src/app/start.js';
import { form } from '../http/harness.js';
import { describeClamd } from '../servers/clamd-server.js';
import { EICAR } from '../servers/eicar.mjs';

describeClamd((clamd) => {
  it.each(['TCP', 'a socket'])('has the server scan its uploads over %s', async (way) => {
    const folder = await mkdtemp(join(tmpdir(), 'stowage-app-clamd-'));
    const { host, port, socketPath } = clamd();
    const app = await start(
      {
        PORT: '0',
        STORAGE_LOCAL_ROOT: folder,
        ...(way === 'TCP' ? { CLAMD_HOST: host, CLAMD_PORT: String(port) } : { CLAMD_SOCKET: socketPath }),
      },
      () => undefined,
    );
    try {
      const { port: own } = app.getHttpServer().address() as AddressInfo;
      const upload = async (content: string): Promise<number> => {
        const body = form(['file', content, 'a.txt']);
        return (await fetch(`http://127.0.0.1:${own}/api/documents/upload`, { method: 'POST', body })).status;
      };
      expect([await upload('harmless'), await upload(EICAR)]).toEqual([201, 422]);
    } finally {
      await app.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('does not start with a port that is none', async () => {
    const begun = start({ PORT: '0', CLAMD_PORT: 'x' }, () => undefined);
    await expect(begun).rejects.toThrow(/CLAMD_PORT.*port is NaN/);
  });
});
