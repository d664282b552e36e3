import type { Readable } from 'node:stream';
import { decideType } from './decide-type.js';
import type { ResolvedRules } from './resolve-rules.js';
import { ScannedBody } from './scanned-body.js';
import { DEFAULT_SCAN_TIMEOUT_MS } from './upload.options.js';

/** What its sender says of a body. */
export interface ClaimedContent {
  /** The name of the file: its extension is a claim too. */
  readonly name: string;
  /** The media type. */
  readonly declared: string | undefined;
}

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
// eslint-disable-next-line @typescript-eslint/require-await -- it is going to read the first bytes
export async function admitContent(
  source: Readable,
  claimed: ClaimedContent,
  {
    types,
    scanner,
    scanTimeoutMs = DEFAULT_SCAN_TIMEOUT_MS,
  }: Pick<ResolvedRules, 'types' | 'scanner' | 'scanTimeoutMs'>,
): Promise<AdmittedContent> {
  const contentType = decideType({ mimetype: claimed.declared }, types);
  if (!scanner) return { contentType, body: source };
  const file = { name: claimed.name, contentType };
  return { contentType, body: new ScannedBody(source, { scanner, file, timeoutMs: scanTimeoutMs }) };
}
