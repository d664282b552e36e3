import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf, randomOf, streamOf } from './bytes.mjs';

const MiB = 1 << 20;

/**
 * One user of the storage, who has a folder to himself, knows what has to be in it, and does one random thing after another.
 * What ends in OUTCOME_UNKNOWN is looked at: it has to be the old or the new, whole.
 */
export class Worker {
  #random;
  #known = new Map();
  #count = 0;

  constructor(name, { storage, direct, FileBody, directory, seed, tally, quiet }) {
    Object.assign(this, { name, storage, direct, FileBody, directory, tally, quiet });
    this.#random = randomOf(seed);
  }

  async run(until) {
    while (Date.now() < until) {
      const [what, work] = this.#choose();
      await this.#tried(what, work);
    }
  }

  /** Every object is as it should be, without faults in between. */
  async verify() {
    const found = [];
    for await (const { key } of this.direct.list(`${this.name}/`)) found.push(key);
    const expected = [...this.#known.keys()].sort();
    if (found.sort().join() !== expected.join()) this.tally.wrong(`${this.name}: other keys than expected`);
    for (const key of expected)
      this.#same('at the end', key, await this.direct.bytes(key), this.#known.get(key));
  }

  #choose() {
    const dice = this.#random();
    const key = `${this.name}/${Math.floor(this.#random() * 12)}`;
    if (this.#known.size === 0 || dice < 0.3) return ['put', () => this.#put(key)];
    const keys = [...this.#known.keys()];
    const present = keys[Math.floor(this.#random() * keys.length)];
    if (dice < 0.5) return ['get', () => this.#get(present)];
    if (dice < 0.6) return ['range', () => this.#range(present)];
    if (dice < 0.68) return ['download', () => this.#download(present)];
    if (dice < 0.76) return ['copy', () => this.#copy(present, key)];
    if (dice < 0.82) return ['delete', () => this.#delete(present)];
    if (dice < 0.88) return ['list', () => this.#list()];
    if (dice < 0.93) return ['head', () => this.#head(present)];
    return ['aborted put', () => this.#aborted(key)];
  }

  /** Tries as an application does: what may pass, and what was spoilt on its way to a reader, once more. */
  async #tried(what, work) {
    for (let attempt = 1; ; attempt++) {
      try {
        await work();
        return this.tally.succeeded();
      } catch (error) {
        if (error.name !== 'StorageError') this.tally.wrong(`${what}: threw ${error.stack}`);
        else if (attempt < 3 && (error.temporary || error.code === 'INTEGRITY')) {
          this.tally.again(what, error);
          continue;
        }
        return this.tally.failed(what, error);
      }
    }
  }

  #size() {
    const dice = this.#random();
    if (dice < 0.5) return Math.floor(this.#random() * 64 * 1024);
    if (dice < 0.8) return Math.floor(this.#random() * 2 * MiB);
    return Math.floor(this.#random() * 24 * MiB);
  }

  async #put(key) {
    const seed = `${this.name} ${this.#count++}`;
    const size = this.#size();
    const bytes = bytesOf(seed, size);
    const body = this.#random() < 0.5 ? bytes : streamOf(bytes, this.#random);
    await this.#change(key, { seed, size }, () => this.storage.put(key, body, { metadata: { seed } }));
  }

  /** The object is `next` when `work` succeeds; when it fails it is still what it was, or nobody knows. */
  async #change(key, next, work) {
    const before = this.#known.get(key);
    try {
      await work();
      if (next) this.#known.set(key, next);
      else this.#known.delete(key);
    } catch (error) {
      // Until then it may still become what it was to be.
      await this.quiet(key);
      const now = await this.#look(key);
      const is = (one) => (one ? now?.seed === one.seed : now === undefined);
      if (error.code === 'OUTCOME_UNKNOWN')
        console.error(`UNKNOWN: ${key}: was ${show(before)}, to be ${show(next)}, is ${show(now)}`);
      if (error.code === 'OUTCOME_UNKNOWN' && is(next)) {
        if (next) this.#known.set(key, next);
        else this.#known.delete(key);
      } else if (!is(before)) {
        this.tally.wrong(
          `${key}: ${error.code}, but what is there is neither old nor known: ${JSON.stringify(now)}`,
        );
        if (now) this.#known.set(key, now);
        else this.#known.delete(key);
      }
      throw error;
    }
  }

  /** What is there, asked without faults. */
  async #look(key) {
    try {
      const { size, metadata, etag, lastModified } = await this.direct.head(key);
      return { seed: metadata?.seed, size, etag, lastModified };
    } catch (error) {
      if (error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #get(key) {
    const known = this.#known.get(key);
    if (this.#random() < 0.3) return this.#same('get', key, await this.storage.bytes(key), known);
    const { body } = await this.storage.get(key);
    const chunks = [];
    for await (const chunk of body) chunks.push(chunk);
    this.#same('stream', key, Buffer.concat(chunks), known);
  }

  async #range(key) {
    const known = this.#known.get(key);
    if (known.size === 0) return;
    const start = Math.floor(this.#random() * known.size);
    const end = Math.min(known.size - 1, start + Math.floor(this.#random() * 4 * MiB));
    const part = await this.storage.bytes(key, { range: { start, end } });
    if (!part.equals(bytesOf(known.seed, known.size).subarray(start, end + 1)))
      this.tally.wrong(`${key}: wrong bytes from ${start} to ${end}`);
  }

  async #download(key) {
    const to = join(this.directory, `${this.name}-download`);
    await this.storage.download(key, { to, partSize: 5 * MiB });
    this.#same('download', key, await readFile(to), this.#known.get(key));
    await rm(to);
  }

  async #copy(from, to) {
    if (from === to) return;
    await this.#change(to, this.#known.get(from), () => this.storage.copy(from, to));
  }

  async #delete(key) {
    await this.#change(key, undefined, () => this.storage.delete(key));
  }

  async #list() {
    const found = [];
    for await (const { key } of this.storage.list(`${this.name}/`)) found.push(key);
    if (found.sort().join() !== [...this.#known.keys()].sort().join())
      this.tally.wrong(`${this.name}: a list has other keys`);
  }

  async #head(key) {
    const { size, metadata } = await this.storage.head(key);
    const known = this.#known.get(key);
    if (size !== known.size || metadata?.seed !== known.seed)
      this.tally.wrong(`${key}: a head of another object`);
  }

  /** A put that is given up leaves what was there, or is done. */
  async #aborted(key) {
    const seed = `${this.name} ${this.#count++}`;
    const size = 6 * MiB + this.#size();
    const bytes = bytesOf(seed, size);
    const signal = AbortSignal.timeout(Math.floor(this.#random() * 400));
    const options = { metadata: { seed }, signal };
    try {
      await this.#change(key, { seed, size }, () =>
        this.storage.put(key, streamOf(bytes, this.#random), options),
      );
    } catch (error) {
      if (!['ABORTED', 'OUTCOME_UNKNOWN'].includes(error.code)) throw error;
    }
  }

  #same(what, key, bytes, { seed, size }) {
    if (!bytes.equals(bytesOf(seed, size)))
      this.tally.wrong(`${what} ${key}: wrong bytes (${bytes.length} of ${size})`);
  }
}

const show = (one) => (one ? JSON.stringify(one) : 'nothing');
