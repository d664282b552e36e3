import { onAbort, throwIfAborted } from './abort.js';
import { StorageError } from './error.js';
import { PartBuffers } from './part-buffers.js';
import type { PartMemory } from './part-memory.js';
import { StalledClaims, type Filling } from './stalled-claims.js';

const DEFAULT_BUDGET = 128 * 1024 * 1024;
const DEFAULT_STALL_MS = 30_000;
const EMPTY = Buffer.alloc(0);

/** A part that waits until no other upload waits for memory. */
interface Later {
  readonly upload: object;
  readonly admit: () => void;
}

/**
 * The memory that all uploads of an application share: parts of streams wait in it until they are stored. Whoever asks for
 * more than there is waits; a source is not read meanwhile.
 *
 * Nobody waits for ever as long as stores answer: a source that stalls while others wait is ended. Claims are served in the
 * order of their coming: a younger one gets only what leaves enough for each older one to be filled, counting what is on its
 * way, because that comes back by itself, and what is held by those older still. While anybody waits, an upload has one part
 * at a time.
 */
export class TransferMemory {
  /** In the order of their coming. */
  private readonly claims = new Set<Claim>();
  private readonly stalled: StalledClaims<Claim>;
  private readonly later = new Set<Later>();
  /** How many claims each upload has. */
  private readonly uploads = new Map<object, number>();
  private readonly buffers: PartBuffers;
  private free: number;
  /** Bytes of the claims that are sealed. */
  private sealed = 0;
  private waiting = 0;

  /**
   * @param budget Bytes. Default: 134,217,728 (128 MiB). It has to hold the smallest part of each backend that uses it:
   * 5 MiB for S3.
   * @param stallMs Milliseconds in which a stream has to give 16 KiB while others wait for memory; a slower one fails with
   * TIMEOUT, reason `stalled`. Default: 30,000. 0: it may take as long as it likes, and they wait.
   * @throws StorageError INVALID_ARGUMENT, reason `config`, for a budget that is no whole number from 1, or a time below 0.
   */
  constructor(
    readonly budget = DEFAULT_BUDGET,
    stallMs = DEFAULT_STALL_MS,
  ) {
    if (!Number.isSafeInteger(budget) || budget < 1)
      throw new StorageError('INVALID_ARGUMENT', `TransferMemory takes bytes, 1 or more, not ${budget}`, {
        reason: 'config',
      });
    if (!Number.isFinite(stallMs) || stallMs < 0)
      throw new StorageError(
        'INVALID_ARGUMENT',
        `The stall time of TransferMemory is milliseconds, not ${stallMs}`,
        { reason: 'config' },
      );
    this.free = budget;
    this.buffers = new PartBuffers(budget);
    this.stalled = new StalledClaims(this.claims, stallMs);
  }

  /** Bytes of the buffers that uploads hold now. */
  get held(): number {
    return this.budget - this.free;
  }

  /** How many uploads wait for memory now. */
  get queue(): number {
    return this.waiting + this.later.size;
  }

  /**
   * The memory of one more part. It begins with no bytes at all: see `PartMemory.grow`.
   * @param upload What stands for the upload: any object, the same for all of its parts.
   * @param most Bytes of the part when it is full.
   * @param stalled Ends the upload, whose source stalls while others wait: its memory has to be released then. Absent: it cannot.
   * @throws StorageError INVALID_ARGUMENT, reason `config`, when `most` is more than the budget; that of the signal.
   */
  async claim(
    upload: object,
    most: number,
    signal?: AbortSignal,
    stalled?: (error: StorageError) => void,
  ): Promise<PartMemory> {
    throwIfAborted(signal);
    if (most > this.budget)
      throw new StorageError(
        'INVALID_ARGUMENT',
        `A part of ${most} bytes does not fit into the ${this.budget} bytes of memory for transfers: give it more`,
        { reason: 'config' },
      );
    if (this.uploads.has(upload) && this.queue > 0) await this.untilAdmitted(upload, signal);
    const claim: Claim = new Claim(most, stalled, {
      grow: (size, filled, ended) => this.grow(claim, size, filled, ended),
      seal: () => this.seal(claim),
      release: () => this.release(claim, upload),
    });
    this.uploads.set(upload, (this.uploads.get(upload) ?? 0) + 1);
    this.claims.add(claim);
    return claim;
  }

  /** Leaves the buffers that are kept for reuse to the garbage collector. What is held stays. */
  clear(): void {
    this.buffers.clear();
  }

  private untilAdmitted(upload: object, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let unwatch = (): void => undefined;
      const entry: Later = {
        upload,
        admit: () => {
          unwatch();
          resolve();
        },
      };
      this.later.add(entry);
      unwatch = onAbort(signal, (error) => {
        this.later.delete(entry);
        reject(error);
        this.stalled.watch(this.queue > 0);
      });
    });
  }

  private grow(
    claim: Claim,
    size: number,
    filled: number,
    signal: AbortSignal | undefined,
  ): Promise<void> | undefined {
    throwIfAborted(signal);
    claim.wanted = Math.min(size, claim.most);
    claim.filled = filled;
    claim.granted = () => undefined;
    this.waiting++;
    this.serve();
    if (claim.wanted === undefined) return undefined;
    return new Promise((resolve, reject) => {
      const unwatch = onAbort(signal, (error) => {
        reject(error);
        if (claim.wanted === undefined) return;
        claim.wanted = undefined;
        this.waiting--;
        this.serve();
      });
      claim.granted = () => {
        unwatch();
        resolve();
      };
    });
  }

  private seal(claim: Claim): void {
    if (claim.state !== 'filling') return;
    claim.state = 'sealed';
    this.sealed += claim.bytes.byteLength;
    this.serve();
  }

  private release(claim: Claim, upload: object): void {
    if (claim.state === 'released') return;
    const { bytes } = claim;
    if (claim.state === 'sealed') this.sealed -= bytes.byteLength;
    if (claim.wanted !== undefined) this.waiting--;
    claim.wanted = undefined;
    claim.state = 'released';
    claim.bytes = EMPTY;
    this.claims.delete(claim);
    const others = (this.uploads.get(upload) ?? 1) - 1;
    if (others === 0) this.uploads.delete(upload);
    else this.uploads.set(upload, others);
    this.free += bytes.byteLength;
    if (bytes.byteLength > 0) this.buffers.give(bytes);
    this.serve();
  }

  private serve(): void {
    this.serveAll();
    this.stalled.watch(this.queue > 0);
  }

  private serveAll(): void {
    if (this.waiting > 0) this.serveClaims();
    for (const entry of this.later) {
      if (this.uploads.has(entry.upload) && this.waiting > 0) continue;
      this.later.delete(entry);
      entry.admit();
      // It asks for its bytes first: the next one is let in when it had them, or is the only part of its upload.
      return;
    }
  }

  private serveClaims(): void {
    /** What a claim can count on: what is free, what is on its way, what those before it hold. */
    let reach = this.free + this.sealed;
    /** What may be given away so that each of those before can still be filled. */
    let spare = Infinity;
    for (const claim of this.claims) {
      if (claim.state === 'sealed') continue;
      if (claim.wanted !== undefined) {
        const size = sizeFor(claim, this.free, spare, reach);
        if (size !== undefined) {
          const more = size - claim.bytes.byteLength;
          reach -= more;
          spare -= more;
          this.give(claim, size);
        } else if (sizeFor(claim, this.free + this.sealed, spare, reach) !== undefined) {
          // It gets it as soon as what is on its way is back, unless others take that before.
          return;
        }
      }
      const held = claim.bytes.byteLength;
      if (held < claim.most) spare = Math.min(spare, reach - claim.most);
      reach += held;
    }
  }

  private give(claim: Claim, size: number): void {
    const before = claim.bytes;
    const bytes = this.buffers.take(size, this.held);
    before.copy(bytes, 0, 0, claim.filled);
    claim.bytes = bytes;
    if (before.byteLength > 0) this.buffers.give(before);
    this.free -= size - before.byteLength;
    claim.wanted = undefined;
    this.waiting--;
    claim.granted();
  }
}

interface Ledger {
  grow(size: number, filled: number, signal: AbortSignal | undefined): Promise<void> | undefined;
  seal(): void;
  release(): void;
}

class Claim implements PartMemory, Filling {
  bytes: Buffer = EMPTY;
  written = 0;
  state: 'filling' | 'sealed' | 'released' = 'filling';
  /** The size that it waits for. */
  wanted: number | undefined;
  /** What of `bytes` is kept when it grows. */
  filled = 0;
  granted: () => void = () => undefined;

  constructor(
    readonly most: number,
    readonly stalled: ((error: StorageError) => void) | undefined,
    private readonly ledger: Ledger,
  ) {}

  get idle(): boolean {
    return this.state === 'filling' && this.wanted === undefined && this.bytes.byteLength > 0;
  }

  grow(size: number, filled: number, signal?: AbortSignal): Promise<void> | undefined {
    if (size <= this.bytes.byteLength) return undefined;
    return this.ledger.grow(size, filled, signal);
  }

  seal(): void {
    this.ledger.seal();
  }

  release(): void {
    this.ledger.release();
  }
}

/**
 * The size that a claim can have now: what it wants, or all at once where a larger buffer beside the one that it has would not
 * fit later. Both exist while one is copied into the other.
 */
function sizeFor(
  { wanted = 0, most, bytes }: Claim,
  room: number,
  spare: number,
  reach: number,
): number | undefined {
  return [wanted, most].find((size) => {
    const more = size - bytes.byteLength;
    return size <= room && more <= spare && (size === most || most <= reach - more);
  });
}
