import type { CopyOptions } from '../../core/options.js';
import type { S3Headers } from './calls.js';
import { metadataHeaders, metadataOf } from './metadata.js';
import { headersOf } from './object-info.js';

/** Of an object of a directory bucket, of a device: no class that a copy could be told. */
const BOUND = ['STANDARD', 'EXPRESS_ONEZONE', 'OUTPOSTS', 'SNOW'];
const ENCRYPTION = [
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
];
const CONTENT =
  /^(content-type|cache-control|content-disposition|content-encoding|content-language|expires|x-amz-website-redirect-location)$/;

/**
 * What no copy keeps unless it is told: without it the class is STANDARD, and the encryption that of the bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 * @param headers What a HEAD of the source answered.
 */
export function keptByCopy(headers: S3Headers): Record<string, string> {
  const kept: Record<string, string> = {};
  const storageClass = headers['x-amz-storage-class'];
  if (storageClass !== undefined && !BOUND.includes(storageClass)) kept['x-amz-storage-class'] = storageClass;
  for (const name of ENCRYPTION) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/**
 * What an upload in parts has to be told so that it becomes a copy: all of it, because parts are bytes alone.
 * @param replace Headers and metadata in place of those of the source.
 */
export function keptByParts(headers: S3Headers, replace: CopyOptions['replace']): Record<string, string> {
  if (replace) return { ...headersOf(replace), ...keptByCopy(headers) };
  const content = Object.entries(headers).filter(([name]) => CONTENT.test(name));
  // Written anew, because others may have sent it in a way that no header can be signed in.
  return { ...Object.fromEntries(content), ...metadataHeaders(metadataOf(headers)), ...keptByCopy(headers) };
}
