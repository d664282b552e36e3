import { afterEach, expect, it } from '@jest/globals';
import { MemoryBackend } from '../../src/backends/memory/backend.js';
import { StorageError } from '../../src/core/error.js';
import { form, type Harness, serveDocuments } from './harness.js';
import { describeAdapters } from './support/adapters.js';
import { WatchedWrites } from './support/watched-writes.js';
import { until } from '../support/until.js';

let server: Harness;
afterEach(() => server.close());

describeAdapters('An upload', () => {
  it('answers what the storage says, without its words', async () => {
    const writes = new WatchedWrites(new MemoryBackend());
    writes.failure = new StorageError('NO_SPACE', '/var/lib/secret is full');
    server = await serveDocuments({}, { backend: writes.backend });
    const response = await fetch(`${server.url}/api/documents/upload`, {
      method: 'POST',
      body: form(['file', 'x'.repeat(300_000), 'a.txt']),
    });
    const text = await response.text();
    expect(response.status).toBe(507);
    expect(text).not.toContain('secret');
    expect(text).not.toMatch(/\d{4}\/\d{2}\//);
  });

  it('holds no more than a few MiB of 64 MiB while the storage is slow', async () => {
    const writes = new WatchedWrites(new MemoryBackend());
    writes.pause = true;
    server = await serveDocuments({}, { backend: writes.backend });
    const size = 64 * 1024 * 1024;
    let sent = 0;
    const chunk = Buffer.alloc(256 * 1024, 'x');
    const head =
      '--XX\r\nContent-Disposition: form-data; name="file"; filename="b.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(head)),
      pull(controller) {
        if (sent < size) {
          sent += chunk.length;
          controller.enqueue(chunk);
        } else {
          controller.enqueue(Buffer.from('\r\n--XX--\r\n'));
          controller.close();
        }
      },
    });
    const request = fetch(`${server.url}/api/documents/upload`, {
      method: 'POST',
      body: source,
      headers: { 'Content-Type': 'multipart/form-data; boundary=XX' },
      duplex: 'half',
    });
    await until(() => writes.running === 1 && sent > 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The kernel's socket buffers take some MiB, too.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    expect(writes.buffered).toBeLessThan(2 * 1024 * 1024);
    writes.resume();
    const response = await request;
    expect(((await response.json()) as { size: number }).size).toBe(size);
  });
});
