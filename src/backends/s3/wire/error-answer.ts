import { XmlReader } from './xml-reader.js';
import { optionalTime } from './xml-values.js';
import { XmlError } from './xml.js';

/** Enough to tell what is wrong, and no flood in a log. */
const MAX_DETAIL = 1024;

/** What a server says when it refuses: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export interface S3ErrorAnswer {
  /** As S3 names it: `NoSuchKey`, `SlowDown` … */
  readonly code?: string | undefined;
  /** The server's own words, up to 1,024 characters in one line. Ceph RGW has none. */
  readonly detail?: string | undefined;
  readonly requestId?: string | undefined;
  /** `x-amz-id-2`. */
  readonly extendedRequestId?: string | undefined;
  /** Where the bucket is, with AuthorizationHeaderMalformed and IncorrectEndpoint. */
  readonly region?: string | undefined;
  /** The host to ask instead, with PermanentRedirect and TemporaryRedirect. */
  readonly endpoint?: string | undefined;
  /** Which condition did not hold, with PreconditionFailed: `If-None-Match` … */
  readonly condition?: string | undefined;
  /** The server's clock, with RequestTimeTooSkewed. */
  readonly serverTime?: Date | undefined;
}

type Draft = { -readonly [K in keyof S3ErrorAnswer]: S3ErrorAnswer[K] };

const FIELDS: ReadonlyMap<string, Exclude<keyof S3ErrorAnswer, 'serverTime'>> = new Map([
  ['Code', 'code'],
  ['Message', 'detail'],
  ['RequestId', 'requestId'],
  ['HostId', 'extendedRequestId'],
  ['Region', 'region'],
  ['Endpoint', 'endpoint'],
  ['Condition', 'condition'],
] as const);

/**
 * An error of S3, or `undefined` when the body is none: empty, a proxy's HTML, JSON, cut off.
 * Elements that show secrets or signatures (`StringToSign`, `AWSAccessKeyId` …) are left out.
 */
export function parseErrorAnswer(xml: string): S3ErrorAnswer | undefined {
  try {
    const reader = new XmlReader(xml);
    const root = reader.root();
    if (root === 'Error') return finished(reader, readError(reader));
    if (root !== 'ErrorResponse') return undefined;
    return finished(reader, readErrorResponse(reader));
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** Reads the element `Error` that was just entered. @throws XmlError */
export function readError(reader: XmlReader): S3ErrorAnswer {
  const answer: Draft = {};
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    const field = FIELDS.get(name);
    if (field !== undefined) {
      const text = reader.text().replace(/\s+/g, ' ').trim().slice(0, MAX_DETAIL);
      if (text !== '') answer[field] = text;
    } else if (name === 'ServerTime') answer.serverTime = optionalTime(reader.text());
    else reader.skip();
  }
  return answer;
}

/** `ErrorResponse`, in which AWS's other services put their `Error`, and servers that speak several of them. */
function readErrorResponse(reader: XmlReader): S3ErrorAnswer {
  const answer: Draft = {};
  for (let name = reader.child(); name !== undefined; name = reader.child()) {
    if (name === 'Error') Object.assign(answer, readError(reader));
    else if (name === 'RequestId') answer.requestId = reader.text().trim().slice(0, MAX_DETAIL);
    else reader.skip();
  }
  return answer;
}

function finished(reader: XmlReader, answer: S3ErrorAnswer): S3ErrorAnswer | undefined {
  reader.end();
  return answer.code === undefined && answer.detail === undefined ? undefined : answer;
}
