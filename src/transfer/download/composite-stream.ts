import type { CompositeChecksum } from '../../core/composite-checksums.js';
import type { ObjectInfo } from '../../core/object.js';
import { CompositeSum } from './composite-sum.js';
import { isChange, type ObjectSource } from './object-source.js';
import { same } from './same-checksum.js';
import { nameOf, usualSizes } from './verify-composite.js';

/** The checksum of the checksums of parts, of bytes that go by once: which parts there are has to be known before. */
export class CompositeStream {
  private constructor(
    private readonly composite: CompositeChecksum,
    private readonly sum: CompositeSum,
    private readonly exact: () => Promise<boolean>,
  ) {}

  /** Undefined when the storage keeps none of the object, or has another one by now. */
  static async of(
    source: ObjectSource,
    info: ObjectInfo,
    signal: AbortSignal | undefined,
  ): Promise<CompositeStream | undefined> {
    const composite = await source.composite(info, signal).catch((error: unknown) => {
      if (isChange(error)) return undefined;
      throw error;
    });
    const usual = composite && usualSizes(info, composite);
    if (!composite || !usual) return undefined;
    const exact = async () => {
      const sizes = await source.partSizes(info, composite.parts, signal);
      return sizes?.every((size, i) => size === usual[i]) ?? false;
    };
    return new CompositeStream(composite, new CompositeSum(composite.algorithm, usual), exact);
  }

  update(chunk: Uint8Array): void {
    this.sum.update(chunk);
  }

  /** What it was compared with; undefined when the parts turn out to be of other sizes. @throws StorageError INTEGRITY. */
  async verify(): Promise<string | undefined> {
    const found = this.sum.value();
    if (found !== this.composite.value && !(await this.exact())) return undefined;
    return same(nameOf(this.composite), this.composite.value, found);
  }
}
