import type { HttpRequest } from '../message/http-request.js';
import type { UploadRules } from './upload.options.js';

/** The group of the keys that the storage makes for a request. */
export function groupOf({ group }: Pick<UploadRules, 'group'>, request: HttpRequest): string | undefined {
  return typeof group === 'function' ? group(request) : group;
}
