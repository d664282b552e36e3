import type { S3Calls, S3ObjectCall } from './calls.js';
import { S3ResponseError } from './response-error.js';

/** Deletes one object; where there is none, that is done. @throws what the request does. */
export async function deleteOne(calls: S3Calls, call: S3ObjectCall): Promise<void> {
  try {
    await calls.delete(call);
  } catch (error) {
    // S3 says 204 where there was nothing; some servers do not.
    if (!(error instanceof S3ResponseError) || error.code !== 'NoSuchKey') throw error;
  }
}
