import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { MIB } from '../support/bodies.js';
import { useChildren, type Child } from '../support/children.js';
import { within } from '../support/within.js';
import { tusClient } from '../tus/support/tus-client.js';

const start = useChildren('test/app/children', ['src']);
let root: string;
let proxy: TcpProxy | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stowage-app-closing-'));
});
afterEach(async () => {
  await proxy?.close();
  await rm(root, { recursive: true, force: true });
});

const isListening = (message: unknown): message is { readonly port: number } =>
  typeof (message as { port?: unknown } | null)?.port === 'number';

/** Whether it says that so much has come to it. */
const hasReceived =
  (bytes: number) =>
  (message: unknown): message is object =>
    Number((message as { readonly received?: number } | null)?.received) >= bytes;

async function serve(port: number): Promise<{ readonly child: Child; readonly port: number }> {
  const child = start('server', { STORAGE_LOCAL_ROOT: root, PORT: String(port), NO_COLOR: '1' });
  return { child, ...(await child.heard(isListening, 30_000)) };
}

/** What the reference server has printed, but for where its storages are. */
const printed = ({ said }: Child): readonly string[] =>
  said
    .map((message) => (message as { readonly line?: string }).line ?? '')
    .filter((line) => line !== '' && !/LOG.*Storage "/.test(line));

it('A reference server that is told to end in the middle of an upload keeps what has come, and its client goes on', async () => {
  const content = Buffer.alloc(4 * MIB, 'All work and no play makes Jack a dull boy.\n');
  const { child, port } = await serve(0);
  proxy = await TcpProxy.start(`http://127.0.0.1:${port}`);
  proxy.use({ up: { after: [MIB, 'stall'] } });
  const offsets: string[] = [];
  let onBegun = (): void => undefined;
  const begun = new Promise<void>((resolve) => (onBegun = resolve));
  const { upload, done } = tusClient(`${proxy.endpoint}/api/documents/tus`, content, {
    metadata: { filename: 'jack.txt', filetype: 'text/plain' },
    retryDelays: Array.from({ length: 240 }, () => 250),
    onUploadUrlAvailable: () => onBegun(),
    onAfterResponse: (request, response) => {
      if (request.getMethod() === 'HEAD') offsets.push(response.getHeader('Upload-Offset') ?? '');
    },
  });
  upload.start();
  await within(begun, 'the beginning of the upload', 20_000);
  await child.heard(hasReceived(MIB), 20_000);
  child.signal('SIGTERM');
  // It does not wait until the connection is ended for it.
  expect(await child.ended(10_000)).toBe('SIGTERM');
  expect(printed(child)).toEqual([]);

  const next = await serve(port);
  proxy.use({});
  const result = await within(done, 'the upload', 30_000);
  expect(Number(offsets.find((offset) => offset !== ''))).toBeGreaterThan(MIB / 2);
  const at = new URL(result.header('Stowage-Location') ?? '', proxy.endpoint);
  expect(Buffer.from(await (await fetch(at)).arrayBuffer()).equals(content)).toBe(true);
  expect(printed(next.child)).toEqual([]);
}, 90_000);
