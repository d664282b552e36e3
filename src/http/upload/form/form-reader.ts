import { Dicer } from '@fastify/busboy';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { StorageError } from '../../../core/error.js';
import { discardRest } from '../../message/discard-rest.js';
import { JoinedChunks } from '../../message/joined-chunks.js';
import { refusal } from '../../errors/refuse.js';
import type { IncomingPart } from '../upload-session.js';
import { fieldPath, type FieldPath } from './field-path.js';
import type { FormField } from './form-body.js';
import { AROUND_BYTES, HEADER_BYTES, HEADER_PAIRS, type FormBounds } from './form-bounds.js';
import { badForm } from './form-refusal.js';
import { parsePartHeader, type PartHeader, type RawPartHeader } from './part-header.js';

/** What waits between the connection and a part, at most: two chunks. */
const HIGH_WATER_MARK = 128 * 1024;
/** How much more than the bytes that are allowed has to be read of headers to see that there are more, with what stands between them. */
const HEADER_SLACK = 256;

/** A form that is to be read. */
export interface FormSource {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly boundary: string;
  readonly bounds: FormBounds;
  /** How many files each field takes. */
  readonly files: ReadonlyMap<string, number>;
}

/**
 * Reads a form while it comes in. `next` gives its files one after the other, in the order of the form; the connection is
 * paused while the one before is not stored. The first thing that is wrong ends the reading: what is open fails with it,
 * and the rest of the body is let go.
 */
export class FormReader {
  private readonly parser: Dicer;
  private readonly waiting: IncomingPart[] = [];
  private readonly open = new Set<Readable>();
  private readonly texts: { readonly path: FieldPath; value: string }[] = [];
  private readonly taken = new Map<string, number>();
  private failure: { readonly error: unknown } | undefined;
  private bytes = 0;
  private around = 0;
  private parts = 0;
  private files = 0;
  private openTexts = 0;
  private headless: Readable | undefined;
  private closed = false;
  private done = false;
  private readonly chunks = new JoinedChunks((chunk) => this.accept(chunk));
  private readonly onData = (chunk: Uint8Array): void => this.chunks.take(chunk);
  private wake = (): void => undefined;

  constructor(private readonly source: FormSource) {
    const { request, response, boundary } = source;
    this.parser = new Dicer({
      boundary,
      maxHeaderPairs: HEADER_PAIRS + 1,
      maxHeaderSize: HEADER_BYTES + HEADER_SLACK,
      highWaterMark: HIGH_WATER_MARK,
    } as ConstructorParameters<typeof Dicer>[0]);
    this.parser.on('error', () => this.fail(badForm()));
    this.parser.on('part', (part: Readable) => this.attempt(() => this.onPart(part)));
    this.parser.on('finish', () => this.attempt(() => this.onClosed()));
    this.parser.on('drain', () => this.resume());
    request.on('error', (cause) => this.fail(cutOff(cause)));
    request.once('close', () => {
      if (!request.readableEnded) this.fail(cutOff());
    });
    response.once('close', this.onAnswered);
    request.once('end', this.onEnd);
    // Then none of these events comes any more.
    if (request.destroyed) this.fail(cutOff());
    else if (request.readableDidRead)
      this.fail(new Error('The form was read before it could be stored: by which middleware or plugin?'));
    else request.on('data', this.onData);
  }

  /** The fields of text, in the order of the form. They are all there when `next` gives no more files. */
  get fields(): readonly FormField[] {
    return this.texts;
  }

  /** The next file; undefined when the form is complete. @throws what ended the reading. */
  async next(): Promise<IncomingPart | undefined> {
    while (this.waiting.length === 0 && !this.failure && !this.done) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve));
      this.resume();
      await woken;
    }
    if (this.failure) throw this.failure.error;
    const part = this.waiting.shift();
    this.resume();
    return part;
  }

  /** Ends the reading. @returns what ended it first: `error`, or what was wrong before. */
  stop(error: unknown): unknown {
    this.fail(error);
    return this.failure ? this.failure.error : error;
  }

  private accept(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    if (this.bytes > this.source.bounds.bytes) return this.fail(tooLong());
    if (this.closed || this.parts === 0) this.around += chunk.length;
    if (!this.closed && !this.parser.write(chunk)) this.source.request.pause();
    // A chunk that begins a part has more than what stands before it.
    if (this.parts > 0 && !this.closed) this.around = 0;
    if (this.around > AROUND_BYTES) return this.fail(badForm());
    if (this.waiting.length > 0) this.source.request.pause();
  }

  private readonly onEnd = (): void => {
    this.chunks.flush();
    if (this.failure) return;
    this.parser.end();
    this.finish();
  };

  private readonly onAnswered = (): void => {
    this.fail(
      new StorageError('ABORTED', 'The answer was sent before the form had come', { reason: 'answered' }),
    );
  };

  private onPart(part: Readable): void {
    part.on('error', () => undefined);
    if (this.failure) return;
    if (this.headless) throw badForm();
    this.headless = part;
    if (++this.parts > this.source.bounds.parts) throw badForm('The form has too many parts');
    this.open.add(part);
    part.once('header', (header: RawPartHeader) => this.attempt(() => this.onHeader(part, header)));
    part.once('end', () => {
      this.open.delete(part);
      // The parser waits for a read that may have been its last.
      part._read(0);
    });
  }

  private onHeader(part: Readable, raw: RawPartHeader): void {
    if (this.failure) return;
    this.headless = undefined;
    const { bounds } = this.source;
    const header = parsePartHeader(raw);
    if (header.fieldBytes > bounds.fieldNameSize) throw badForm('The name of a field is too long');
    const path = fieldPath(header.field, bounds);
    if (header.fileName === undefined) this.readText(part, path, header.charset);
    // A file input in which nothing was chosen: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html
    else if (header.fileName === '') part.resume();
    else this.takeFile(part, header, header.fileName);
  }

  private takeFile(part: Readable, { field, mimetype }: PartHeader, originalname: string): void {
    if (originalname === '.' || originalname === '..') throw badForm('The name of a file is not valid');
    const taken = (this.taken.get(field) ?? 0) + 1;
    if (++this.files > this.source.bounds.maxFiles) throw badForm('The form has too many files');
    if (taken > (this.source.files.get(field) ?? 0))
      throw badForm('The form has a file in a field that takes none, or takes fewer');
    this.taken.set(field, taken);
    const leave = (): void => void this.source.request.pause();
    this.waiting.push({ fieldname: field, originalname, mimetype, stream: Object.assign(part, { leave }) });
    this.wake();
  }

  private readText(part: Readable, path: FieldPath, charset: string): void {
    const { fields, fieldSize } = this.source.bounds;
    if (this.texts.length === fields) throw badForm('The form has too many fields');
    const decoder = decoderOf(charset);
    const text = { path, value: '' };
    this.texts.push(text);
    this.openTexts++;
    let bytes = 0;
    part.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > fieldSize) return this.fail(badForm('The value of a field is too long'));
      text.value += decoder.decode(chunk, { stream: true });
    });
    part.once('end', () => {
      text.value += decoder.decode();
      this.openTexts--;
      this.finish();
    });
  }

  private onClosed(): void {
    if (this.headless) throw badForm();
    this.closed = true;
    this.around = 0;
    this.finish();
  }

  /** What follows the last boundary has to come, too: the request is not complete before. */
  private finish(): void {
    if (!this.closed || this.openTexts > 0 || !this.source.request.readableEnded || this.failure) return;
    this.done = true;
    this.leave();
    this.wake();
  }

  private resume(): void {
    const { request } = this.source;
    if (this.failure || this.waiting.length > 0 || this.parser.writableNeedDrain) return;
    request.resume();
  }

  /** Within an event of the parser nothing else catches. */
  private attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    if (this.done || this.failure) return;
    this.failure = { error };
    this.leave();
    for (const part of this.open) part.destroy(error instanceof Error ? error : undefined);
    discardRest(this.source.request, this.source.response);
    this.wake();
  }

  private leave(): void {
    this.chunks.drop();
    this.source.request.off('data', this.onData).off('end', this.onEnd);
    this.source.response.off('close', this.onAnswered);
  }
}

function decoderOf(charset: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(charset, { ignoreBOM: true });
  } catch {
    throw badForm('A field is in an encoding that is not known');
  }
}

function cutOff(cause?: unknown): StorageError {
  return new StorageError('ABORTED', 'The client went away', { reason: 'body', cause });
}

function tooLong(): StorageError {
  return refusal('TOO_LARGE', 'The form is too large', 'size');
}
