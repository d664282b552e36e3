import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { StorageError } from '../../core/error.js';
import type { StorageService } from '../../storage/storage.service.js';
import { admitContent } from './admit-content.js';
import { groupOf } from './group-of.js';
import { announceStored } from './announce-stored.js';
import { disposition } from '../message/disposition.js';
import { fileName } from '../message/file-name.js';
import { rawRequest, type HttpRequest } from '../message/http-request.js';
import { refusal } from '../errors/refuse.js';
import { storedFile, type StoredFile } from './stored-file.js';
import { removeOrLog } from './remove-or-log.js';
import { takeBack } from './take-back.js';
import { UploadBody, type PartStream } from './upload-body.js';
import type { ResolvedRules } from './resolve-rules.js';
import { DEFAULT_MAX_SIZE } from './upload.options.js';

/** A file of a form whose content is about to come, as multer describes it. */
export interface IncomingPart {
  readonly fieldname: string;
  readonly originalname: string;
  readonly mimetype: string;
  readonly stream: PartStream;
}

/** The files of one request: stores them, and takes back what it stored when the request comes to nothing. */
export class UploadSession {
  private readonly stored = new Map<string, StoredFile>();
  /** What is being stored. */
  private readonly puts = new Map<AbortController, Readable>();
  private abandoned = false;

  constructor(
    private readonly request: HttpRequest,
    private readonly storage: StorageService,
    private readonly rules: ResolvedRules,
  ) {
    const raw = rawRequest(request);
    raw.once('close', () => {
      if (raw.complete) return;
      this.abortPuts();
    });
  }

  /** Whether it is over, and nothing is to stay. */
  get isAbandoned(): boolean {
    return this.abandoned;
  }

  /** How many files are stored. */
  get size(): number {
    return this.stored.size;
  }

  /**
   * Tells the application of the files that are stored, when there come no more.
   * @param principal Who sent them.
   * @throws What `onStored` throws. Then nothing is stored, unless `keepOnError` is set.
   */
  async announce(principal: unknown): Promise<void> {
    const { request, storage, rules } = this;
    try {
      await announceStored([...this.stored.values()], { request, storage, principal, via: 'form' }, rules);
    } catch (error) {
      if (!rules.keepOnError) await this.abandon();
      throw error;
    }
  }

  /**
   * Streams a file into the storage, under a new key.
   * @throws StorageError TYPE_REFUSED, TOO_LARGE, ABORTED, and what `put` throws. Then nothing is stored.
   */
  async store(part: IncomingPart): Promise<StoredFile> {
    const body = new UploadBody(part.stream, this.rules.maxSize ?? DEFAULT_MAX_SIZE);
    try {
      const file = await this.put(part, body);
      if (this.abandoned) await this.delete(file);
      else this.stored.set(file.key, file);
      return file;
    } catch (error) {
      const { errored } = body;
      body.destroy();
      // The storage wraps the error of a body in its own words; those of the body are fit for the client.
      throw StorageError.is(errored) ? errored : error;
    }
  }

  /** Deletes a file that this session stored; any other is left alone. Never fails: what stays behind is logged. */
  async remove(key: string): Promise<void> {
    const file = this.stored.get(key);
    if (file && this.stored.delete(key)) await this.delete(file);
  }

  /** Deletes all files, those too that are stored only later. Never fails. */
  async abandon(): Promise<void> {
    this.abandoned = true;
    this.abortPuts();
    await Promise.all([...this.stored.keys()].map((key) => this.remove(key)));
  }

  /** A body that has ended may be stored whatever becomes of its request: it is waited for, to be deleted. */
  private abortPuts(): void {
    for (const [abort, body] of this.puts) if (!body.readableEnded) abort.abort();
  }

  private async put(part: IncomingPart, source: UploadBody): Promise<StoredFile> {
    const { storage, rules, request } = this;
    const name = fileName(part.originalname);
    const { contentType, body } = await admitContent(source, { name, declared: part.mimetype }, rules);
    const key = rules.key
      ? await rules.key({ field: part.fieldname, name, contentType }, request)
      : storage.newKey({ contentType, group: groupOf(rules, request) });
    if (rules.hides?.(key))
      throw refusal('INVALID_ARGUMENT', 'The key is kept for uploads that are not admitted', 'key');
    const abort = new AbortController();
    this.puts.set(abort, body);
    // It may have gone while its content was looked at.
    if ((this.abandoned || isCutOff(rawRequest(request))) && !body.readableEnded) abort.abort();
    const stored = storage.put(key, body, {
      contentType,
      contentDisposition: disposition({ attachment: false, name, key }),
      // Not every server has this condition, and a key with a UUID in it needs none.
      ifAbsent: rules.key !== undefined || !storage.hasUniqueKeys,
      signal: abort.signal,
    });
    const object = await stored
      .catch((error: unknown) => this.forget(key, error))
      .finally(() => this.puts.delete(abort));
    return storedFile(storage.name, object, { name, contentType, field: part.fieldname });
  }

  /** What may be stored under a new key all the same is deleted, because nobody else will ever know of it. */
  private async forget(key: string, error: unknown): Promise<never> {
    if (!this.rules.key && StorageError.is(error, 'OUTCOME_UNKNOWN')) await this.delete({ key });
    throw error;
  }

  private async delete({ key, etag }: { readonly key: string; readonly etag?: string }): Promise<void> {
    await removeOrLog('An uploaded file of a refused request', () =>
      // A key of the application may have been written to by others meanwhile: a client can be slow with the files behind it.
      this.rules.key && etag !== undefined ? takeBack(this.storage, { key, etag }) : this.storage.delete(key),
    );
  }
}

const isCutOff = ({ destroyed, complete }: IncomingMessage): boolean => destroyed && !complete;
