/** What came back over a connection. */
export interface Reply {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** By their names in lower case; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Of a problem, or of the error of an S3 server. */
  readonly code: string;
  /** Everything, as it came. */
  readonly all: string;
  readonly isComplete: boolean;
}

const NOTHING: Reply = {
  status: 0,
  headers: {},
  body: Buffer.alloc(0),
  code: '',
  all: '',
  isComplete: false,
};

/** The first answer in `bytes`. */
export function readReply(bytes: Buffer, isHead: boolean): Reply {
  const cut = bytes.indexOf('\r\n\r\n');
  if (cut === -1) return { ...NOTHING, all: bytes.toString('latin1') };
  const [line = '', ...lines] = bytes.subarray(0, cut).toString('latin1').split('\r\n');
  const status = Number(line.slice(9, 12));
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const one of lines) {
    const [name = '', value = ''] = one.split(/:\s*(.*)/s);
    const known = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`;
  }
  if (status === 100) return readReply(bytes.subarray(cut + 4), isHead);
  const rest = bytes.subarray(cut + 4);
  const { body, isComplete } = bodyOf(rest, status, headers, isHead);
  return { status, headers, body, code: codeOf(body), all: bytes.toString('latin1'), isComplete };
}

function bodyOf(
  rest: Buffer,
  status: number,
  headers: Readonly<Record<string, string>>,
  isHead: boolean,
): { readonly body: Buffer; readonly isComplete: boolean } {
  if (isHead || status === 204 || status === 304) return { body: Buffer.alloc(0), isComplete: true };
  const length = headers['content-length'];
  if (length !== undefined)
    return { body: rest.subarray(0, Number(length)), isComplete: rest.length >= Number(length) };
  if (headers['transfer-encoding'] !== 'chunked') return { body: rest, isComplete: false };
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const end = rest.indexOf('\r\n', at);
    if (end === -1) return { body: Buffer.concat(parts), isComplete: false };
    const size = Number.parseInt(rest.subarray(at, end).toString('latin1'), 16);
    if (size === 0) return { body: Buffer.concat(parts), isComplete: true };
    parts.push(rest.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

/** The `code` of a problem (RFC 9457), or the `<Code>` of an S3 error. */
function codeOf(body: Buffer): string {
  const text = body.subarray(0, 4096).toString();
  const xml = /<Code>([A-Za-z]+)<\/Code>/.exec(text)?.[1];
  if (xml !== undefined) return xml;
  try {
    const problem: unknown = JSON.parse(text);
    const isProblem =
      typeof problem === 'object' && problem !== null && 'type' in problem && 'code' in problem;
    return isProblem && typeof problem.code === 'string' ? problem.code : '';
  } catch {
    return '';
  }
}
