import { NotFoundException } from '@nestjs/common';
import { StorageError } from '../../core/error.js';
import { SignedRequests, type SignedGrant } from '../../core/signed-requests.js';
import { rawQuery, type HttpRequest } from '../message/http-request.js';
import { keyInPath } from '../message/key-from-request.js';
import { refusal } from '../errors/refuse.js';
import type { ServedStorage, ServedStorages } from '../served-storages.js';

/** What the signature of a request's URL allows. */
export interface SignedAccess {
  readonly served: ServedStorage;
  readonly grant: SignedGrant;
}

/**
 * What the URL of `request` allows. Nothing but its signature is asked.
 * @throws StorageError PERMISSION_DENIED, reason `expired` or `signature`; NotFoundException where URLs lead elsewhere.
 */
export async function signedAccess(request: HttpRequest, storages: ServedStorages): Promise<SignedAccess> {
  const { storage: name } = request.params as { readonly storage: string };
  const served = storages.get(name);
  if (!served?.storage.supports(SignedRequests)) throw new NotFoundException('There is nothing here');
  const key = keyInPath(request, name, 'signed');
  const { method } = request;
  try {
    const signed = { method, storage: name, query: rawQuery(request) };
    const grant = await served.storage.as(SignedRequests).verify(key, signed);
    // What was not looked at is sent there, and served to nobody.
    if (method !== 'PUT' && served.pending?.hides(grant.key))
      throw new NotFoundException('There is nothing here');
    return { served, grant };
  } catch (error) {
    if (!StorageError.is(error, 'PERMISSION_DENIED')) throw error;
    const expired = error.reason === 'expired';
    throw refusal(
      'PERMISSION_DENIED',
      expired ? 'The URL has expired' : 'The URL is not signed for this request',
      expired ? 'expired' : 'signature',
    );
  }
}
