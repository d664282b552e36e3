import { MemoryBackend } from '../../src/backends/memory/backend.js';
import type { ListPage } from '../../src/core/object.js';
import type { ListOptions } from '../../src/core/options.js';

/** Never answers a list, and hears no signal. */
export class StalledBackend extends MemoryBackend {
  signal: AbortSignal | undefined;

  override list({ signal }: ListOptions): Promise<ListPage> {
    this.signal = signal;
    return new Promise(() => undefined);
  }
}
