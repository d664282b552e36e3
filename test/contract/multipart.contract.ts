import { multipartAborts } from './multipart-aborts.contract.js';
import { multipartCompletion } from './multipart-completion.contract.js';
import { multipartLists } from './multipart-lists.contract.js';
import { multipartParts } from './multipart-parts.contract.js';
import { defineSuite, type BackendHarness } from './suite.js';

/**
 * What every backend with `MultipartUploads` must do:
 *
 *     multipartContract('mine', { create: async () => ({ backend: new MyBackend() }) });
 */
export function multipartContract(name: string, harness: BackendHarness): void {
  defineSuite(`${name}, uploads in parts`, harness, {
    parts: multipartParts,
    completion: multipartCompletion,
    aborts: multipartAborts,
    'lists, scopes and layers': multipartLists,
  });
}
