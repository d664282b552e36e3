import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { MemoryBackend } from '../../../src/backends/memory/backend.js';
import { crc32Checksum } from '../../../src/core/checksum.js';
import { StorageError, type StorageErrorCode } from '../../../src/core/error.js';
import { withLayers } from '../../../src/core/layered-backend.js';
import type { Layer } from '../../../src/core/layer.js';
import { proc } from '../../../src/core/proc.js';
import { identify, newOwnerId } from '../../../src/core/process-identity.js';
import { admitStored } from '../../../src/http/pending/admit-stored.js';
import type { StoredUpload } from '../../../src/http/pending/stored-upload.js';
import { LeaseFile } from '../../../src/http/pending/lock/lease-file.js';
import { Lease } from '../../../src/http/pending/lock/lease.js';
import { PendingArea } from '../../../src/http/pending/pending-area.js';
import type { Ticket } from '../../../src/http/pending/ticket.js';
import type { ResolvedRules } from '../../../src/http/upload/resolve-rules.js';
import type { HttpRequest, StoredContext, StoredFile } from '../../../src/http/index.js';
import { StorageService } from '../../../src/storage/storage.service.js';
import { expectCode } from '../../support/errors.js';
import { within } from '../../support/within.js';
import { keysOf } from '../harness.js';

const ID = '0b5c3a52-0000-4000-8000-000000000001';
const [MARK, OLDER_MARK] = ['known to this server', 'by an older secret'];
const PENDING = `pending/direct/${ID}`;
const request = {} as HttpRequest;

interface Case {
  readonly rules?: ResolvedRules;
  readonly ticket?: Partial<Ticket>;
  readonly layers?: readonly Layer[];
  readonly scope?: string;
  readonly etag?: string;
}

/** A storage on which `PENDING` may be put, and what admits it. */
function place({ rules = {}, ticket, layers = [], scope = 'users/ann', etag }: Case = {}) {
  const root = new StorageService('documents', withLayers(new MemoryBackend(), 'documents', [...layers]));
  const stored: [StoredFile, StoredContext][] = [];
  const upload: StoredUpload = {
    area: new PendingArea(),
    root,
    scope,
    storage: scope === '' ? root : root.scoped(scope),
    pending: PENDING,
    marks: [MARK, OLDER_MARK],
    ticket: {
      ...{ id: ID, key: '2026/a.txt', name: 'Übung.txt', contentType: 'text/plain', expires: 0, ...ticket },
    },
    etag,
    rules: { onStored: (file, context) => void stored.push([file, context]), ...rules },
    request,
    principal: 'ann',
    via: 'direct',
  };
  return { root, upload, stored, keys: () => keysOf(root) };
}

/** Does `work` around each operation of that name on a key of that form. */
const on =
  (name: string, key: RegExp, work: (next: () => Promise<unknown>) => Promise<unknown>): Layer =>
  (operation, next) =>
    operation.name === name && key.test(operation.keys.join(' '))
      ? (work(() => next(operation)) as ReturnType<typeof next>)
      : next(operation);

const fails = (code: StorageErrorCode, reason?: string) => () =>
  Promise.reject(new StorageError(code, 'A fault of the test', { reason }));

describe('An upload that is admitted', () => {
  it('is at its key, as what it is, and nowhere else', async () => {
    const { root, upload, stored, keys } = place();
    const sent = await root.put(PENDING, 'hello', { contentType: 'text/html', metadata: { a: '1' } });
    const file = await admitStored(upload);
    expect(file).toMatchObject({
      ...{ storage: 'documents', key: '2026/a.txt', size: 5, contentType: 'text/plain', name: 'Übung.txt' },
      fieldname: '',
    });
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    const info = await root.head('users/ann/2026/a.txt');
    expect(info).toMatchObject({ contentType: 'text/plain', etag: file.etag });
    // Nothing of what its sender has set.
    expect(info.metadata).toEqual({ 'upload-id': MARK, 'upload-etag': sent.etag });
    expect(info.contentDisposition).toMatch(
      /^inline; filename="\?bung\.txt"; filename\*=UTF-8''%C3%9Cbung\.txt$/,
    );
    expect(stored).toEqual([[file, { request, principal: 'ann', storage: upload.storage, via: 'direct' }]]);
    expect(await (stored[0]?.[1].storage.text(file.key) ?? '')).toBe('hello');
  });

  it('may have no scope, no content and a type that its content tells', async () => {
    const whole = place({ scope: '', ticket: { size: 0 } });
    await whole.root.put(PENDING, '');
    await admitStored(whole.upload);
    expect(await whole.keys()).toEqual(['2026/a.txt']);
    const told = place({
      rules: { types: ['image/png'] },
      ticket: { contentType: 'application/octet-stream', name: 'a' },
    });
    await told.root.put(PENDING, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    expect((await admitStored(told.upload)).contentType).toBe('image/png');
  });

  it.each<[string, Case, StorageErrorCode, string]>([
    ['another size than was declared', { ticket: { size: 6 } }, 'INVALID_ARGUMENT', 'size'],
    ['less than was declared', { ticket: { size: 4 } }, 'INVALID_ARGUMENT', 'size'],
    ['more than the rules allow', { rules: { maxSize: 4 } }, 'TOO_LARGE', 'size'],
    ['another type than the rules allow', { rules: { types: ['image/png'] } }, 'TYPE_REFUSED', 'type'],
    [
      'content of another type than was declared',
      { rules: { types: ['image/png', 'text/plain'] }, ticket: { contentType: 'image/png', name: 'a.png' } },
      'TYPE_REFUSED',
      'content',
    ],
    [
      'another CRC-32',
      { ticket: { checksum: crc32Checksum(1) as Ticket['checksum'] } },
      'INTEGRITY',
      'checksum',
    ],
    [
      'another CRC-32 than the storage was to refuse',
      { ticket: { checksum: crc32Checksum(1) as Ticket['checksum'], checked: true } },
      'INTEGRITY',
      'checksum',
    ],
    [
      'another SHA-256',
      {
        ticket: {
          checksum: { algorithm: 'sha256', value: createHash('sha256').update('x').digest('base64') },
        },
      },
      'INTEGRITY',
      'checksum',
    ],
    [
      'what a scanner finds',
      { rules: { scanner: { scan: async (content) => (await content.toArray(), { infected: 'Test' }) } } },
      'CONTENT_REFUSED',
      'infected',
    ],
  ])('is not one with %s: nothing is left of it', async (_, given, code, reason) => {
    const { root, upload, stored, keys } = place(given);
    await root.put(PENDING, 'hello');
    const error = await expectCode(admitStored(upload), code);
    expect(error.reason).toBe(reason);
    expect(await keys()).toEqual([]);
    expect(stored).toEqual([]);
    await expectCode(admitStored(upload), 'NOT_FOUND');
  });

  it('has the checksum that was declared', async () => {
    for (const checksum of [
      crc32Checksum(crc32('hello')) as Ticket['checksum'],
      { algorithm: 'sha256', value: createHash('sha256').update('hello').digest('base64') } as const,
    ])
      for (const checked of [true, false]) {
        const { root, upload } = place({ ticket: { checksum, checked } });
        await root.put(PENDING, 'hello');
        expect((await admitStored(upload)).size).toBe(5);
      }
  });

  it('is read no further than it has to be', async () => {
    const big = Buffer.alloc(1024 * 1024, 'x');
    const ranges: unknown[] = [];
    for (const rules of [
      {},
      { types: ['text/plain'] },
      {
        scanner: {
          scan: async (c: AsyncIterable<unknown>) => {
            for await (const one of c) void one;
            return 'clean' as const;
          },
        },
      },
    ]) {
      const { root, upload } = place({ rules });
      await root.put(PENDING, big);
      const get = root.get.bind(root);
      root.get = (key, options) => (ranges.push(options?.range ?? 'all'), get(key, options));
      await admitStored(upload);
    }
    expect(ranges).toEqual([{ start: 0, end: 65_535 }, 'all']);
  });
});

describe('An upload that is confirmed twice', () => {
  it('is admitted once, one after the other', async () => {
    const { root, upload, stored } = place();
    await root.put(PENDING, 'hello');
    await admitStored(upload);
    await expectCode(admitStored(upload), 'NOT_FOUND');
    expect(stored).toHaveLength(1);
  });

  it.each<[string, boolean]>([
    ['in one process', true],
    ['in several', false],
  ])('is admitted once, at the same time, %s', async (_, isOne) => {
    const { root, upload, stored, keys } = place();
    await root.put(PENDING, 'hello');
    const area = upload.area;
    const ended = await Promise.allSettled(
      Array.from({ length: 20 }, () => admitStored({ ...upload, area: isOne ? area : new PendingArea() })),
    );
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of ended)
      if (one.status === 'rejected') expect(StorageError.is(one.reason, 'CONFLICT', 'NOT_FOUND')).toBe(true);
    expect(stored).toHaveLength(1);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
  });

  it.each([
    ['the same', 'hello'],
    ['something else', 'other'],
  ])('is not once more when %s is sent again, also where nothing is left of it', async (_, content) => {
    const unconditional: Layer = (operation, next) =>
      operation.name === 'put' && /locks/.test(operation.keys.join()) && hasNoConditions && !isPlain
        ? fails('UNSUPPORTED')()
        : next(operation);
    let isPlain = false;
    for (hasNoConditions of [false, true]) {
      isPlain = false;
      const { root, upload, stored, keys } = place({ layers: [unconditional] });
      const put = root.put.bind(root);
      root.put = (key, body, options = {}) => {
        isPlain = options.ifAbsent === undefined && options.ifMatch === undefined;
        return put(key, body, options);
      };
      await root.put(PENDING, 'hello');
      await admitStored(upload);
      await root.delete('users/ann/2026/a.txt');
      await root.put(PENDING, content);
      // Another process, which remembers nothing.
      const again = { ...upload, area: new PendingArea() };
      expect((await expectCode(admitStored(again), 'NOT_FOUND')).reason).toBe('confirmed');
      expect(await keys()).toEqual([]);
      expect(stored).toHaveLength(1);
    }
  });
  let hasNoConditions = false;

  it.each<[string, StorageErrorCode]>([
    ['is lost', 'OUTCOME_UNKNOWN'],
    ['comes again, and finds it', 'PRECONDITION_FAILED'],
  ])('is not once more when the answer to its mark %s', async (_, code) => {
    let puts = 0;
    // The lock is made, then it becomes the mark.
    const marks = on('put', /locks/, (next) => (++puts === 2 ? next().then(fails(code)) : next()));
    const { root, upload, stored, keys } = place({ layers: [marks] });
    await root.put(PENDING, 'hello');
    await admitStored(upload);
    await root.put(PENDING, 'evil!');
    expect((await expectCode(admitStored(upload), 'NOT_FOUND')).reason).toBe('confirmed');
    expect(stored).toHaveLength(1);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(await root.text('users/ann/2026/a.txt')).toBe('hello');
  });

  it('is not once more when its lock has another version than its holder knows', async () => {
    const rules: ResolvedRules = {
      async onStored() {
        // As of a renewal whose answer was lost.
        const file = new LeaseFile(root, upload.area.lockKeyOf(ID));
        const held = await file.read();
        if (held) await file.replace(held.etag, held);
      },
    };
    const { root, upload } = place({ rules });
    await root.put(PENDING, 'hello');
    await admitStored(upload);
    await root.put(PENDING, 'evil!');
    expect((await expectCode(admitStored(upload), 'NOT_FOUND')).reason).toBe('confirmed');
    expect(await root.text('users/ann/2026/a.txt')).toBe('hello');
  });

  it('is not while another process admits it', async () => {
    const { root, upload, stored } = place();
    await root.put(PENDING, 'hello');
    const file = new LeaseFile(root, upload.area.lockKeyOf(ID));
    const never = new AbortController().signal;
    const other = await Lease.take(file, 'elsewhere', { leaseMs: 400 }, never, () => undefined);
    expect((await expectCode(admitStored(upload), 'CONFLICT')).reason).toBe('busy');
    expect(stored).toEqual([]);
    await other.release();
    await admitStored(upload);
    expect(stored).toHaveLength(1);
  });

  it('is at once when the process that admitted it has died', async () => {
    const { root, upload, keys } = place();
    await root.put(PENDING, 'hello');
    const dead = newOwnerId({ ...identify(proc), started: '1' });
    const file = new LeaseFile(root, upload.area.lockKeyOf(ID));
    await file.make({ owner: dead, token: 'x', wanted: false });
    await within(admitStored(upload), 'the confirmation', 2_000);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
  });
});

describe('An upload that changes while it is confirmed', () => {
  it.each<[string, Layer, ResolvedRules]>([
    ['read', on('get', /pending/, (next) => replacing().then(next)), { types: ['text/plain'] }],
    ['copied', on('copy', /pending/, (next) => replacing().then(next)), {}],
    ['locked', on('put', /locks/, (next) => replacing().then(next)), {}],
  ])(
    'is not admitted when it is replaced before it is %s, and can be confirmed again',
    async (_, layer, rules) => {
      const { root, upload, stored, keys } = place({ layers: [layer], rules });
      await root.put(PENDING, 'hello');
      let left = 1;
      replacing = async () => {
        if (left-- > 0) await root.put(PENDING, 'evil!');
      };
      expect((await expectCode(admitStored(upload), 'CONFLICT')).reason).toBe('changed');
      expect([stored, await keys()]).toEqual([[], [PENDING]]);
      await admitStored(upload);
      expect(await root.text('users/ann/2026/a.txt')).toBe('evil!');
    },
  );
  let replacing: () => Promise<void> = () => Promise.resolve();

  it('is not what the client has sent, when it has another ETag', async () => {
    const { root, upload } = place({ etag: 'f00' });
    await root.put(PENDING, 'hello');
    expect((await expectCode(admitStored(upload), 'CONFLICT')).reason).toBe('changed');
    const { etag } = await root.head(PENDING);
    await admitStored({ ...upload, etag });
  });

  it('is a copy already where a copy cannot be pinned, which nobody can change', async () => {
    const unpinned: Layer = (operation, next) =>
      operation.name === 'copy' && pinned ? fails('UNSUPPORTED', 'copySourceIfMatch')() : next(operation);
    const { root, upload, keys } = place({ layers: [unpinned], rules: { types: ['text/plain'] } });
    await root.put(PENDING, 'hello');
    let pinned = true;
    const copy = root.copy.bind(root);
    root.copy = async (from, to, options = {}) => {
      pinned = options.ifMatch !== undefined;
      const copied = await copy(from, to, options);
      if (from === PENDING) await root.put(PENDING, Buffer.from('89504e470d0a1a0a', 'hex'));
      return copied;
    };
    await admitStored(upload);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(await root.text('users/ann/2026/a.txt')).toBe('hello');
    // From then on it is known.
    expect(upload.area.copiesUnpinned).toBe(true);
  });

  it('is what was inspected, also when another process copies what replaced it meanwhile', async () => {
    let hasCopied = (): void => undefined;
    const copied = new Promise<void>((resolve) => (hasCopied = resolve));
    let hasEnded = (): void => undefined;
    const ended = new Promise<void>((resolve) => (hasEnded = resolve));
    let second: Promise<unknown> = Promise.resolve();
    const scanner: NonNullable<ResolvedRules['scanner']> = {
      async scan(content) {
        const isEvil = Buffer.concat(await content.toArray()).toString() === 'evil!';
        if (isEvil) {
          hasCopied();
          await within(ended, 'the first confirmation');
          return { infected: 'Test' };
        }
        await root.put(PENDING, 'evil!');
        second = admitStored(process()).catch((error: unknown) => error);
        await within(copied, 'the copy of the second');
        return 'clean';
      },
    };
    const { root, upload, keys } = place({ rules: { scanner } });
    const process = (): StoredUpload => {
      const area = new PendingArea();
      area.copiesUnpinned = true;
      return { ...upload, area };
    };
    await root.put(PENDING, 'hello');
    await admitStored(process()).finally(hasEnded);
    expect(StorageError.is(await second, 'CONTENT_REFUSED')).toBe(true);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(await root.text('users/ann/2026/a.txt')).toBe('hello');
  });
});

describe('An upload whose storage fails in the middle', () => {
  it.each<[string, string, RegExp, StorageErrorCode]>([
    ['when it is looked at', 'head', /direct/, 'UNAVAILABLE'],
    ['when it is read', 'get', /direct/, 'TIMEOUT'],
    ['when it is locked', 'put', /locks/, 'UNAVAILABLE'],
    ['when it is copied', 'copy', /direct/, 'THROTTLED'],
    ['when a sweep removes its copy', 'copy', /direct/, 'CONFLICT'],
  ])('stays, to be confirmed again: %s', async (_, name, key, code) => {
    let isBroken = true;
    const layer = on(name, key, async (next) => {
      return isBroken ? fails(code)() : next();
    });
    const { root, upload, stored, keys } = place({ layers: [layer], rules: { types: ['text/plain'] } });
    await root.put(PENDING, 'hello');
    await expectCode(admitStored(upload), code);
    expect([stored, await keys()]).toEqual([[], [PENDING]]);
    isBroken = false;
    expect((await admitStored(upload)).size).toBe(5);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
  });

  it.each([false, true])(
    'is found again when nobody knows whether it was copied (own key: %s)',
    async (own) => {
      const copies = on('copy', /direct/, (next) => next().then(fails('OUTCOME_UNKNOWN')));
      const rules: ResolvedRules = own ? { key: () => '2026/a.txt' } : {};
      const { root, upload, stored, keys } = place({ layers: [copies], rules });
      await root.put(PENDING, 'hello');
      expect((await admitStored(upload)).size).toBe(5);
      expect(stored).toHaveLength(1);
      expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    },
  );

  it.each([false, true])(
    'stays, and has no object, when its copy is not what it has to be (own key: %s)',
    async (own) => {
      let isBroken = true;
      const copies = on('copy', /direct/, (next) =>
        isBroken ? next().then(fails('INTEGRITY', 'encryption')) : next(),
      );
      const rules: ResolvedRules = own ? { key: () => '2026/a.txt' } : {};
      const { root, upload, stored, keys } = place({ layers: [copies], rules });
      await root.put(PENDING, 'hello');
      for (let attempt = 1; attempt <= 2; attempt++) {
        await expectCode(admitStored(upload), 'INTEGRITY');
        expect([stored, await keys()]).toEqual([[], [PENDING]]);
      }
      isBroken = false;
      expect((await admitStored(upload)).size).toBe(5);
      expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    },
  );

  it('stays when nobody knows whether it was copied, nor can look', async () => {
    let isBroken = true;
    const copies = on('copy', /direct/, (next) =>
      isBroken ? next().then(fails('OUTCOME_UNKNOWN')) : next(),
    );
    const looks = on('head', /users/, (next) => (isBroken ? fails('UNAVAILABLE')() : next()));
    const rules: ResolvedRules = { key: () => '2026/a.txt' };
    const { root, upload, stored, keys } = place({ layers: [copies, looks], rules });
    await root.put(PENDING, 'hello');
    await expectCode(admitStored(upload), 'UNAVAILABLE');
    expect(stored).toEqual([]);
    expect(await keys()).toEqual([PENDING, 'users/ann/2026/a.txt']);
    isBroken = false;
    const { etag } = await root.head('users/ann/2026/a.txt');
    // The object of the first is taken, not made once more.
    expect(await admitStored(upload)).toMatchObject({ size: 5, etag });
    expect(stored).toHaveLength(1);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
  });

  it('is confirmed, once, when what was sent cannot be removed', async () => {
    let isBroken = true;
    const removal = on('delete', /direct/, (next) => (isBroken ? fails('UNAVAILABLE')() : next()));
    const { root, upload, stored, keys } = place({ layers: [removal] });
    await root.put(PENDING, 'hello');
    expect((await admitStored(upload)).size).toBe(5);
    expect((await expectCode(admitStored(upload), 'NOT_FOUND')).reason).toBe('confirmed');
    expect(await keys()).toEqual([PENDING, 'users/ann/2026/a.txt']);
    isBroken = false;
    await expectCode(admitStored(upload), 'NOT_FOUND');
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(stored).toHaveLength(1);
  });

  it('stays while its scanner has no verdict', async () => {
    let isDown = true;
    const scanner: NonNullable<ResolvedRules['scanner']> = {
      async scan(content) {
        if (isDown) throw new Error('down');
        for await (const one of content) void one;
        return 'clean';
      },
    };
    const { root, upload, keys } = place({ rules: { scanner } });
    await root.put(PENDING, 'hello');
    expect((await expectCode(admitStored(upload), 'UNAVAILABLE')).reason).toBe('scanner');
    expect(await keys()).toEqual([PENDING]);
    isDown = false;
    await admitStored(upload);
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
  });
});

describe('An upload that the application refuses', () => {
  it.each([
    [false, []],
    [true, ['users/ann/2026/a.txt']],
  ])('leaves nothing, unless it shall stay (%s)', async (keepOnError, left) => {
    const onStored = (): void => {
      throw new Error('no row');
    };
    const { root, upload, keys } = place({ rules: { onStored, keepOnError } });
    await root.put(PENDING, 'hello');
    await expect(admitStored(upload)).rejects.toThrow('no row');
    expect(await keys()).toEqual(left);
    await expectCode(admitStored(upload), 'NOT_FOUND');
  });
});

describe('A confirmation that died', () => {
  const died = new Error('The process ends here');
  /** As a process that is killed before it goes on: nothing is undone. */
  const dies = (name: string, key: RegExp, when: 'before' | 'after', also?: Layer): Layer => {
    let isDead = false;
    return async (operation, next) => {
      if (!isAlive) return next(operation);
      if (isDead) throw died;
      if (operation.name !== name || !key.test(operation.keys.join(' ')))
        return (also ?? pass)(operation, next);
      if (when === 'after') await next(operation);
      isDead = true;
      throw died;
    };
  };
  const pass: Layer = (operation, next) => next(operation);
  let isAlive = true;

  it.each([
    ['copied it', 'copy', /direct/, 'before', false],
    ['told of it', 'copy', /direct/, 'after', false],
    ['marked it', 'put', /locks/, 'before', true],
  ] as const)(
    'before it %s is done again by the next one, under any key',
    async (_, name, key, when, isTold) => {
      for (const rules of [{}, { key: () => '2026/a.txt' }] as ResolvedRules[]) {
        isAlive = true;
        let marks = 0;
        // The first write there takes the lock.
        const layer = dies(name, key, when);
        const afterLock: Layer = (operation, next) =>
          name === 'put' && operation.name === 'put' && key.test(operation.keys.join(' ')) && marks++ === 0
            ? next(operation)
            : layer(operation, next);
        const { root, upload, stored, keys } = place({ layers: [afterLock], rules });
        isAlive = false;
        await root.put(PENDING, 'hello');
        isAlive = true;
        await admitStored(upload).catch(() => undefined);
        expect(stored).toHaveLength(isTold ? 1 : 0);
        isAlive = false;
        expect(await keys()).toContain(PENDING);
        const again = { ...upload, area: new PendingArea() };
        await root.delete(again.area.lockKeyOf(ID));
        expect((await admitStored(again)).key).toBe('2026/a.txt');
        expect(stored).toHaveLength(isTold ? 2 : 1);
        expect(new Set(stored.map(([file]) => file.key))).toEqual(new Set(['2026/a.txt']));
        expect(await keys()).toEqual(['users/ann/2026/a.txt']);
        expect(await root.text('users/ann/2026/a.txt')).toBe('hello');
      }
    },
  );

  it('leaves what is replaced by what was sent since, also under a key of the application', async () => {
    const { root, upload, stored, keys } = place({ rules: { key: () => '2026/a.txt' } });
    await root.put(PENDING, 'hello');
    const { etag } = await root.head(PENDING);
    const metadata = { 'upload-id': OLDER_MARK, 'upload-etag': etag };
    await root.copy(PENDING, 'users/ann/2026/a.txt', { replace: { contentType: 'text/plain', metadata } });
    await root.put(PENDING, 'other');
    expect((await admitStored(upload)).size).toBe(5);
    expect(await root.text('users/ann/2026/a.txt')).toBe('other');
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(stored).toHaveLength(1);
  });
});

describe('A key that the application chose', () => {
  it('is never taken from another object', async () => {
    const { root, upload, keys } = place({ rules: { key: () => '2026/a.txt' } });
    await root.put(PENDING, 'hello');
    await root.put('users/ann/2026/a.txt', 'older');
    await expectCode(admitStored(upload), 'ALREADY_EXISTS');
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(await root.text('users/ann/2026/a.txt')).toBe('older');
  });

  it('is not taken from an object that claims by its metadata to have come of the upload', async () => {
    const { root, upload, stored } = place({ rules: { key: () => '2026/a.txt' } });
    const { etag } = await root.put(PENDING, 'hello');
    // The id is in the ticket, which its holder can read.
    await root.put('users/ann/2026/a.txt', 'evil!', { metadata: { 'upload-id': ID, 'upload-etag': etag } });
    await expectCode(admitStored(upload), 'ALREADY_EXISTS');
    expect(stored).toEqual([]);
    expect(await root.text('users/ann/2026/a.txt')).toBe('evil!');
  });

  it('stays when somebody has replaced it before onStored refuses', async () => {
    const rules: ResolvedRules = {
      key: () => '2026/a.txt',
      async onStored({ key }, { storage }) {
        await storage.put(key, 'of somebody else');
        throw new Error('no row');
      },
    };
    const { root, upload, keys } = place({ rules });
    await root.put(PENDING, 'hello');
    await expect(admitStored(upload)).rejects.toThrow('no row');
    expect(await keys()).toEqual(['users/ann/2026/a.txt']);
    expect(await root.text('users/ann/2026/a.txt')).toBe('of somebody else');
  });
});
