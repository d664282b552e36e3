import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ObjectInfo } from '../core/object.js';
import type { HttpRequest } from '../http/message/http-request.js';
import { refusal } from '../http/errors/refuse.js';
import { disposition } from '../http/message/disposition.js';
import { fileName } from '../http/message/file-name.js';
import { admitStored } from '../http/pending/admit-stored.js';
import { assertOwnKey } from '../http/pending/assert-own-key.js';
import { inScope } from '../http/pending/in-scope.js';
import type { PendingArea } from '../http/pending/pending-area.js';
import { announceStored } from '../http/upload/announce-stored.js';
import { decideType } from '../http/upload/decide-type.js';
import { groupOf } from '../http/upload/group-of.js';
import { PeekedBody } from '../http/upload/peeked-body.js';
import type { ResolvedRules } from '../http/upload/resolve-rules.js';
import { storedFile } from '../http/upload/stored-file.js';
import { removeOrLog } from '../http/upload/remove-or-log.js';
import { takeBack } from '../http/upload/take-back.js';
import { expectedType, typeByContent, type ClaimedContent } from '../http/upload/type-by-content.js';
import type { TusAccess, TusStorage } from '../http/tus/tus-handling.js';
import type { StorageService } from '../storage/storage.service.js';
import type { TusAdmission } from './upload/tus-admission.js';
import type { TusFinished, TusRecord, TusTarget } from './upload/tus-record.js';

/** The rules that a storage is served by, for the upload of one request. */
export class ServedAdmission implements TusAdmission {
  private readonly rules: ResolvedRules;
  private readonly root: StorageService;

  constructor(
    { options, storage }: TusStorage,
    private readonly area: PendingArea,
    private readonly access: TusAccess,
    private readonly request: HttpRequest,
  ) {
    this.rules = options;
    this.root = storage;
  }

  get storage(): StorageService {
    return this.access.storage;
  }

  expect(record: TusRecord): void {
    const { declared } = claimOf(record);
    if (this.sniffs) expectedType(declared, this.rules.types);
    else decideType({ mimetype: declared }, this.rules.types);
  }

  async choose(record: TusRecord, head: Uint8Array): Promise<TusTarget> {
    const { rules, request, storage, root, area } = this;
    await assertOwnKey(root, area, rules);
    const claim = claimOf(record);
    const { name } = claim;
    const contentType = await this.typeOf(claim, head);
    const key = rules.key
      ? await rules.key({ field: '', name, contentType }, request)
      : storage.newKey({ contentType, group: groupOf(rules, request) });
    if (area.hides(inScope(this.access.scope, key)))
      throw refusal('INVALID_ARGUMENT', 'The key is kept for uploads that are not admitted', 'key');
    return {
      key,
      contentType,
      contentDisposition: disposition({ attachment: false, name, key }),
      // A key that is not this upload's alone is taken only when the object is whole.
      mark: randomUUID(),
      pending: rules.scanner !== undefined || rules.key !== undefined || !storage.hasUniqueKeys,
    };
  }

  async recheck(record: TusRecord, { contentType }: TusTarget, head: Uint8Array): Promise<void> {
    if ((await this.typeOf(claimOf(record), head)) !== contentType)
      throw refusal('TYPE_REFUSED', 'The content is not what it was when it came first', 'content');
  }

  async admit(
    pendingKey: string,
    { key, contentType, mark }: TusTarget,
    record: TusRecord,
  ): Promise<TusFinished> {
    const { root, rules, storage, request, area } = this;
    const { principal, scope } = this.access;
    const { id, size } = record;
    const { name } = claimOf(record);
    // The client never sees it: who may go on with the upload is decided by its record.
    const ticket = { id, key, name, contentType, size, expires: Infinity };
    const by = { area, root, storage, scope, rules, request, principal, via: 'tus', marks: [mark] } as const;
    const { etag, checksum, ...file } = await admitStored({ ...by, pending: pendingKey, ticket });
    return { key, contentType: file.contentType, size: file.size, etag, checksum };
  }

  async stored(info: ObjectInfo, { contentType }: TusTarget, record: TusRecord): Promise<void> {
    const { rules, request, storage } = this;
    const { principal } = this.access;
    const { name } = claimOf(record);
    const file = storedFile(storage.name, info, { name, contentType, field: '' });
    try {
      await announceStored([file], { request, storage, principal, via: 'tus' }, rules);
    } catch (error) {
      if (!rules.keepOnError) await this.takeBack(info);
      throw error;
    }
  }

  private get sniffs(): boolean {
    const { types, sniff = types !== undefined } = this.rules;
    return sniff;
  }

  private async typeOf(claim: ClaimedContent, head: Uint8Array): Promise<string> {
    const { types } = this.rules;
    if (!this.sniffs) return decideType({ mimetype: claim.declared }, types);
    const body = new PeekedBody(Readable.from(head.byteLength > 0 ? [head] : []));
    try {
      return await typeByContent(body, claim, types);
    } finally {
      body.destroy();
    }
  }

  /** Never fails: what stays behind is logged. */
  private async takeBack(info: ObjectInfo): Promise<void> {
    await removeOrLog('An upload that onStored refused', () => takeBack(this.storage, info), 'StorageTus');
  }
}

/** tus names no metadata: `filename` and `filetype` are those of tus-js-client's example, `name` and `type` those of Uppy. */
function claimOf({ metadata }: TusRecord): ClaimedContent {
  const { filename, name, filetype, type } = metadata;
  return { name: fileName(filename ?? name ?? undefined), declared: (filetype ?? type) || undefined };
}
