import type { SignUploadOptions, SignUrlOptions } from '../core/sign-options.js';
import { contentTypeOf, UNKNOWN_TYPE } from '../core/content-type.js';
import type { SignedUrl } from '../core/signed-url.js';
import { SignedRequests } from '../core/signed-requests.js';
import { decideType } from './decide-type.js';
import { fileName } from './file-name.js';
import type { HttpRequest } from './http-request.js';
import { refusal } from './refuse.js';
import { tooLarge } from './signed-body.js';
import type { StorageAccess } from './storage-access.js';
import { DEFAULT_MAX_SIZE, type UploadRules } from './upload.options.js';

type Upload = SignUploadOptions & { readonly method: 'PUT' | 'POST' };

/**
 * The URL that a request asks for, within what the request was allowed. An upload keeps to the rules of the storage: a type
 * is signed where there are `types`.
 * @throws StorageError TYPE_REFUSED, TOO_LARGE, INVALID_ARGUMENT, and what `signedUrl` throws.
 */
export async function presignObject(
  request: HttpRequest,
  { storage, presign, served: { options: rules } }: StorageAccess,
): Promise<SignedUrl> {
  if (!presign) throw new Error('The request asks for no URL');
  const { key, options } = presign;
  if (!isUpload(options)) return storage.signedUrl(key ?? '', options);
  const contentType = typeOf(options, key, rules);
  assertSize(options, rules, storage.supports(SignedRequests));
  return storage.signedUrl(key ?? (await newKey(request, storage, contentType, rules)), {
    ...options,
    ...(contentType !== undefined && { contentType }),
  });
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
  { key, group }: UploadRules,
): Promise<string> {
  // There is no form, so no field and no name.
  if (key) return key({ field: '', name: fileName(''), contentType: contentType ?? UNKNOWN_TYPE }, request);
  return storage.newKey({ contentType, group: typeof group === 'function' ? group(request) : group });
}
