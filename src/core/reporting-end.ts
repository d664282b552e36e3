import type { ObjectInfo } from './object.js';
import type { PutOptions } from './options.js';
import type { ProgressListener, TransferProgress } from './progress.js';

/** Does `put` and sees to it that `onProgress` hears of its end, whatever the backend tells. */
export function reportingEnd(
  options: PutOptions,
  put: (options: PutOptions) => Promise<ObjectInfo>,
): Promise<ObjectInfo> {
  const { onProgress } = options;
  return typeof onProgress === 'function' ? reporting(onProgress, options, put) : put(options);
}

async function reporting(
  onProgress: ProgressListener,
  options: PutOptions,
  put: (options: PutOptions) => Promise<ObjectInfo>,
): Promise<ObjectInfo> {
  const last = new LastWord(onProgress);
  try {
    const info = await put({ ...options, onProgress: last.hear });
    last.say(info.size);
    return info;
  } catch (error) {
    last.say();
    throw error;
  }
}

class LastWord {
  private readonly began = performance.now();
  private latest: TransferProgress | undefined;
  private said = false;

  constructor(private readonly listener: ProgressListener) {}

  readonly hear: ProgressListener = (progress) => {
    this.latest = progress;
    this.said ||= progress.ended;
    this.listener(progress);
  };

  /** @param size Bytes that are stored, after a success. */
  say(size?: number): void {
    if (this.said) return;
    const { parts = 0, total = size, bytes: told = 0 } = this.latest ?? {};
    const seconds = (performance.now() - this.began) / 1000;
    const bytes = size ?? told;
    try {
      this.listener({ bytes, total, parts, rate: seconds > 0 ? bytes / seconds : 0, ended: true });
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
