import { linkAbort, onAbort, throwIfAborted } from '../../core/abort.js';
import { StorageError } from '../../core/error.js';
import { Gate } from '../../core/gate.js';
import type { BegunUpload, PartStore, UploadedPart } from '../../core/part-store.js';
import type { ProgressMeter } from '../../core/progress-meter.js';
import { unlessAborted } from '../../core/unless-aborted.js';
import type { Rereadable } from '../../core/rereadable.js';
import { DEFAULT_CONCURRENCY } from './part-size.js';

/** How parts are sent. */
export interface PartSenderOptions {
  /** Parts that are filled or on their way at once. Default: 4. */
  readonly concurrency?: number | undefined;
  /** Called when a part is stored; the upload waits for it, and fails with what it throws. */
  readonly onPart?: ((part: UploadedPart) => Promise<void> | void) | undefined;
  readonly progress?: ProgressMeter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The parts of one upload that are on their way. The first failure ends all of them. */
export class PartSender {
  private readonly gate: Gate;
  private readonly link: ReturnType<typeof linkAbort>;
  private readonly stored: UploadedPart[] = [];
  private readonly running = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  /** @param begin Called for the first part, and again for each further one. */
  constructor(
    private readonly store: PartStore,
    private readonly begin: () => Promise<BegunUpload>,
    private readonly options: PartSenderOptions,
  ) {
    this.gate = new Gate(options.concurrency ?? DEFAULT_CONCURRENCY);
    this.link = linkAbort(options.signal);
  }

  /** Aborts with the caller's own, and when a part has failed. */
  get signal(): AbortSignal {
    return this.link.signal;
  }

  /** Whether no part is stored or on its way. */
  get idle(): boolean {
    return this.stored.length === 0 && this.running.size === 0;
  }

  /** Waits until one more part may be filled. @throws StorageError of the signal. */
  async enter(): Promise<void> {
    await this.gate.enter((fail) => onAbort(this.signal, fail));
    try {
      throwIfAborted(this.signal);
    } catch (error) {
      this.gate.leave();
      throw error;
    }
  }

  /** Gives up the place of a part that will not be sent. */
  leave(): void {
    this.gate.leave();
  }

  /** A part that is stored already. */
  skip(part: UploadedPart): void {
    this.stored.push(part);
    this.options.progress?.had(part.size, 1);
  }

  /** Sends a part that has `enter`ed. `release` is called when nobody reads its bytes any more. */
  send(number: number, bytes: Uint8Array | Rereadable, release: () => void): void {
    const sending: Promise<void> = this.put(number, bytes)
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        this.running.delete(sending);
        release();
        this.gate.leave();
      });
    this.running.add(sending);
  }

  /** Ends what is on its way; `settle` will throw `error`, unless something else has failed before. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.link.abort(
      StorageError.is(error)
        ? error
        : new StorageError('ABORTED', 'Another part of the upload failed', { cause: error }),
    );
  }

  /** Waits for all that is on its way. @throws the first failure. */
  async settle(): Promise<UploadedPart[]> {
    await Promise.all(this.running);
    this.link.release();
    if (this.failure) throw this.failure.error;
    return this.stored.sort((one, other) => one.number - other.number);
  }

  private async put(number: number, bytes: Uint8Array | Rereadable): Promise<void> {
    const { signal } = this;
    const { key, uploadId } = await unlessAborted(this.begin(), signal);
    throwIfAborted(signal);
    const part = await this.store.putPart(key, uploadId, number, bytes, { signal });
    this.stored.push(part);
    this.options.progress?.add(part.size, 1);
    await this.options.onPart?.(part);
  }
}
