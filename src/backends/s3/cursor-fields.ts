import { StorageError } from '../../core/error.js';

/** Cursors of a few fields, which only we can have made: a foreign one is refused here and not by each server in its own way. */
export class CursorFields {
  /**
   * @param mark What a cursor begins with.
   * @param from What returns such cursors, for messages.
   */
  constructor(
    private readonly mark: string,
    private readonly from: string,
  ) {}

  encode(fields: readonly unknown[]): string {
    return Buffer.from(this.mark + JSON.stringify(fields)).toString('base64url');
  }

  /** @throws StorageError INVALID_ARGUMENT, reason `cursor`, for what `encode` has not made. */
  decode(cursor: unknown): readonly unknown[] {
    const text = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '';
    // Other spellings of the same bytes are none of ours either.
    if (!text.startsWith(this.mark) || Buffer.from(text).toString('base64url') !== cursor)
      throw this.foreign();
    const fields = this.parse(text.slice(this.mark.length));
    if (!Array.isArray(fields)) throw this.foreign();
    return fields;
  }

  foreign(): StorageError {
    const what = `The cursor is not one that ${this.from} returned`;
    return new StorageError('INVALID_ARGUMENT', what, { reason: 'cursor' });
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.foreign();
    }
  }
}
