import type { Readable } from 'node:stream';
import { decideType } from './decide-type.js';
import { PeekedBody } from './peeked-body.js';
import type { ResolvedRules } from './resolve-rules.js';
import { ScannedBody } from './scanned-body.js';
import { typeByContent, type ClaimedContent } from './type-by-content.js';
import { DEFAULT_SCAN_TIMEOUT_MS } from './upload.options.js';

/** A body that may be stored, and as what. */
export interface AdmittedContent {
  /** The media type that it is stored with. */
  readonly contentType: string;
  /** All bytes. It fails when its source does, and when it is refused only later. */
  readonly body: Readable;
}

/**
 * The one gate that whatever a client sends has to pass before it is stored: the files of forms and the bodies of signed
 * uploads. Here is decided whether it is taken, and the media type that it is stored with.
 * @param source The body, which ends what it comes from when it is destroyed.
 * @throws StorageError TYPE_REFUSED, INVALID_ARGUMENT for what is no media type, and what `source` fails with. What the scanner
 * refuses, the body and its source fail with.
 */
export async function admitContent(
  source: Readable,
  claimed: ClaimedContent,
  {
    types,
    sniff = types !== undefined,
    scanner,
    scanTimeoutMs = DEFAULT_SCAN_TIMEOUT_MS,
  }: Pick<ResolvedRules, 'types' | 'sniff' | 'scanner' | 'scanTimeoutMs'>,
): Promise<AdmittedContent> {
  const seen = sniff ? new PeekedBody(source) : source;
  const contentType =
    seen instanceof PeekedBody
      ? await typeByContent(seen, claimed, types)
      : decideType({ mimetype: claimed.declared }, types);
  if (!scanner) return { contentType, body: seen };
  const file = { name: claimed.name, contentType };
  return { contentType, body: new ScannedBody(seen, { scanner, file, timeoutMs: scanTimeoutMs }) };
}
