import type { SignUploadOptions, SignUrlOptions } from '../../core/sign-options.js';
import { Presigning } from '../../core/presigning.js';
import { contentTypeOf, UNKNOWN_TYPE } from '../../core/content-type.js';
import type { SignedUrl } from '../../core/signed-url.js';
import { SignedRequests } from '../../core/signed-requests.js';
import { decideType } from '../upload/decide-type.js';
import { groupOf } from '../upload/group-of.js';
import { fileName } from '../message/file-name.js';
import type { HttpRequest } from '../message/http-request.js';
import { refusal } from '../errors/refuse.js';
import { tooLarge } from '../upload/too-large.js';
import type { StorageService } from '../../storage/storage.service.js';
import type { StorageAccess } from '../access/storage-access.js';
import type { StorageHttpPresignOptions } from '../storage-http.options.js';
import { DEFAULT_MAX_SIZE, type UploadRules } from '../upload/upload.options.js';

/** Seconds. */
const DEFAULT_MAX_EXPIRY = 3_600;

type Upload = SignUploadOptions & { readonly method: 'PUT' | 'POST' };

/**
 * The URL that a request asks for, within what the request was allowed. An upload keeps to the rules of the storage: a type
 * is signed where there are `types`. @param limits How long it may be valid.
 * @throws StorageError TYPE_REFUSED, TOO_LARGE, INVALID_ARGUMENT, and what `signedUrl` throws.
 */
export async function presignObject(
  request: HttpRequest,
  { storage, asked: { presign }, hides, served: { options: rules } }: StorageAccess,
  limits: StorageHttpPresignOptions = {},
): Promise<SignedUrl> {
  if (!presign) throw new Error('The request asks for no URL');
  const { key } = presign;
  const options = { ...presign.options, expiresIn: expiryOf(presign.options, storage, limits) };
  if (!isUpload(options)) return storage.signedUrl(key ?? '', options);
  const contentType = typeOf(options, key, rules);
  assertSize(options, rules, storage.supports(SignedRequests));
  const target = key ?? (await newKey(request, storage, contentType, rules));
  if (hides(target))
    throw refusal('INVALID_ARGUMENT', 'The key is kept for uploads that are not admitted', 'key');
  return storage.signedUrl(target, {
    ...options,
    ...(contentType !== undefined && { contentType }),
  });
}

/** Seconds. Nobody can take back a URL, so a client does not decide alone how long it lives. */
function expiryOf(
  { expiresIn }: SignUrlOptions,
  storage: StorageService,
  { maxExpiresIn }: StorageHttpPresignOptions,
): number {
  const { expiresIn: usual } = storage.as(Presigning);
  const most = maxExpiresIn ?? Math.max(DEFAULT_MAX_EXPIRY, usual);
  if (expiresIn === undefined) return Math.min(usual, most);
  if (expiresIn > most)
    throw refusal('INVALID_ARGUMENT', `The member expiresIn takes at most ${most} seconds here`, 'expiresIn');
  return expiresIn;
}

const isUpload = (options: SignUrlOptions): options is Upload =>
  options.method === 'PUT' || options.method === 'POST';

/** Where not every type is taken, one has to be signed: that of the key's extension, unless another is asked for. */
function typeOf(
  { contentType }: Upload,
  key: string | undefined,
  { types }: UploadRules,
): string | undefined {
  if (contentType === undefined && types === undefined) return undefined;
  return decideType(
    { mimetype: contentType ?? (key === undefined ? UNKNOWN_TYPE : contentTypeOf(key)) },
    types,
  );
}

/** @param isReceived Whether the upload comes to us, where `maxSize` is seen to. Elsewhere only what is signed holds. */
function assertSize({ size }: Upload, { maxSize }: UploadRules, isReceived: boolean): void {
  const most = maxSize ?? DEFAULT_MAX_SIZE;
  if (size !== undefined && size > most) throw tooLarge(most);
  if (size === undefined && !isReceived)
    throw refusal(
      'INVALID_ARGUMENT',
      `The member size is missing: a file may have at most ${most} bytes`,
      'size',
    );
}

async function newKey(
  request: HttpRequest,
  storage: StorageAccess['storage'],
  contentType: string | undefined,
  rules: UploadRules,
): Promise<string> {
  // There is no form, so no field and no name.
  if (rules.key)
    return rules.key({ field: '', name: fileName(''), contentType: contentType ?? UNKNOWN_TYPE }, request);
  return storage.newKey({ contentType, group: groupOf(rules, request) });
}
