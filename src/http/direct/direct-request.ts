import { checkSignWrite } from '../../core/check-sign-options.js';
import { StorageError } from '../../core/error.js';
import type { SignedChecksum } from '../../core/sign-options.js';
import type { Asked } from '../access/asked.js';
import { refusal } from '../errors/refuse.js';
import { fileName } from '../message/file-name.js';
import type { HttpRequest } from '../message/http-request.js';
import { readJson } from '../message/read-json.js';

const MAX_BODY = 16 * 1024;
const MEMBERS = ['name', 'contentType', 'size', 'checksum', 'form'];

/** What the body of a `POST direct` asks for. @throws StorageError INVALID_ARGUMENT, TYPE_REFUSED, TOO_LARGE: each says what is wrong. */
export async function directRequest(request: HttpRequest): Promise<Asked> {
  const body = await readJson(request, MAX_BODY);
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw refusal('INVALID_ARGUMENT', `The body takes ${MEMBERS.join(', ')} and nothing else`, 'body');
  const { name, contentType, size, checksum, form = false } = body;
  if (typeof name !== 'string') throw missing('name', 'the name of the file');
  if (typeof contentType !== 'string') throw missing('contentType', 'its media type');
  if (typeof size !== 'number') throw missing('size', 'a whole number of bytes');
  if (typeof form !== 'boolean') throw missing('form', 'true or false');
  try {
    checkSignWrite({ size, checksum: checksum as SignedChecksum | undefined }, undefined);
  } catch (error) {
    if (!StorageError.is(error)) throw error;
    throw refusal('INVALID_ARGUMENT', error.message.replace(/^The option/, 'The member'), error.reason);
  }
  const file = { name: fileName(name), contentType, size };
  return { file, direct: { ...file, checksum: checksum as SignedChecksum | undefined, form } };
}

const missing = (member: string, what: string): StorageError =>
  refusal('INVALID_ARGUMENT', `The member ${member} takes ${what}`, member);
