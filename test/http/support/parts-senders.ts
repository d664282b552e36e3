/** Sends a request, changed by `init` and `query`. */
type Send = (init?: RequestInit, query?: string) => Promise<Response>;

export const SIGN = '/api/{storage}/direct/sign';
export const GRANTED = '/api/{storage}/direct/granted';
export const MULTIPART = '/api/{storage}/direct/s3/multipart';
const PARAMS = '/api/{storage}/direct/s3/params';
const UPLOAD = `${MULTIPART}/{uploadId}`;

interface Begun {
  readonly key: string;
  readonly uploadId: string;
}

/** The requests of uploads in parts, each on an upload of its own. */
export class PartsSenders {
  /** @param quietly Does what has to be done before, without the faults of the test. */
  constructor(
    private readonly url: string,
    private readonly quietly: <T>(work: () => Promise<T>) => Promise<T>,
  ) {}

  /** By method and path. */
  get all(): readonly (readonly [method: string, path: string, send: () => Send])[] {
    const upload =
      (method: string, rest = '', body?: object): (() => Send) =>
      () =>
        this.companion(method, rest, body);
    return [
      ['post', SIGN, () => this.post('sign', { method: 'POST', key: 'a.txt' })],
      ['post', GRANTED, () => this.complete()],
      ['put', GRANTED, () => this.granted('PUT', { partNumber: 1 }, { body: 'hello' })],
      ['get', GRANTED, () => this.granted('GET')],
      ['delete', GRANTED, () => this.granted('DELETE')],
      ['post', GRANTED, () => this.form()],
      [
        'get',
        PARAMS,
        () =>
          (init, query = '?filename=a.txt') =>
            fetch(this.at('s3/params') + query, init),
      ],
      ['post', MULTIPART, () => this.post('s3/multipart', { filename: 'a.txt', type: 'text/plain' })],
      ['get', UPLOAD, upload('GET')],
      ['delete', UPLOAD, upload('DELETE')],
      ['get', `${UPLOAD}/{partNumber}`, upload('GET', '/1')],
      ['post', `${UPLOAD}/complete`, upload('POST', '/complete', {})],
    ];
  }

  post(route: string, body: object): Send {
    return (init, query = '') =>
      fetch(`${this.at(route)}${query}`, { ...json(body), method: 'POST', ...init });
  }

  /** A request to a URL that was given out. */
  granted(method: string, more: object = {}, own: RequestInit = {}): Send {
    return async (init, query = '') => {
      const url = await this.quietly(async () => this.sign({ method, ...(await this.begin()), ...more }));
      return fetch(url + query, { method, ...own, ...init });
    };
  }

  /** A whole file in a form. */
  form(): Send {
    return async (init, query = '') => {
      const { url } = await this.quietly(async () => {
        const asked = await fetch(`${this.at('s3/params')}?filename=a.txt`);
        return (await asked.json()) as { readonly url: string };
      });
      const body = new FormData();
      body.set('file', new Blob(['hello']));
      return fetch(url + query, { method: 'POST', body, ...init });
    };
  }

  /** A completion. @param content Of its one part. */
  complete(content = 'hello', size?: number): Send {
    return async (init, query = '') => {
      const { url, body } = await this.quietly(() => this.completion(content, size));
      return fetch(url + query, { method: 'POST', body, ...init });
    };
  }

  /** The URL that completes an upload of one part, and what is sent there. */
  async completion(content: string, size?: number): Promise<{ readonly url: string; readonly body: string }> {
    const begun = await this.begin({ size });
    const etag = await this.put(begun, content);
    const part = `<Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
    return { url: await this.sign({ method: 'POST', ...begun }), body };
  }

  /** As Companion's client asks. @param content Of the one part of a completion. */
  companion(method: string, rest = '', body?: object, content = 'hello', query = true): Send {
    return async (init, more = '') => {
      const { begun, etag } = await this.quietly(async () => {
        const made = await this.begin();
        return { begun: made, etag: body ? await this.put(made, content) : '' };
      });
      const { key, uploadId } = begun;
      const own = body ? json({ parts: [{ PartNumber: 1, ETag: etag }], ...body }) : {};
      const path = `s3/multipart/${encodeURIComponent(uploadId)}${rest}${query ? `?key=${key}` : ''}`;
      return fetch(`${this.at(path)}${more}`, { method, ...own, ...init });
    };
  }

  private at(route: string): string {
    return `${this.url}/api/documents/direct/${route}`;
  }

  private async begin(more: object = {}): Promise<Begun> {
    const response = await this.post('sign', { method: 'POST', key: `${Math.random()}.txt`, ...more })();
    const { url, key } = (await response.json()) as { readonly url: string; readonly key: string };
    const text = await (await fetch(this.url + url, { method: 'POST' })).text();
    return { key, uploadId: /<UploadId>(.+)<\/UploadId>/.exec(text)?.[1] ?? '' };
  }

  private async sign(body: object): Promise<string> {
    const { url } = (await (await this.post('sign', body)()).json()) as { readonly url: string };
    // It may be one of the bucket.
    return new URL(url, this.url).href;
  }

  private async put(begun: Begun, content: string): Promise<string> {
    const url = await this.sign({ method: 'PUT', ...begun, partNumber: 1 });
    return (await fetch(url, { method: 'PUT', body: content })).headers.get('etag') ?? '';
  }
}

const json = (body: object): RequestInit => ({
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
});
