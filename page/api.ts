import { parse } from 'content-disposition';

/** An object, as the list route of a storage gives it. */
export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly lastModified: string;
  readonly etag: string;
}

/** A page of a list. */
export interface Page {
  readonly objects: readonly StoredObject[];
  readonly cursor?: string;
}

/** A URL that reads one object for some time. */
export interface Link {
  readonly url: string;
  readonly expiresAt: string;
}

/** What the server refused, in its own words. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** The routes of one server: docs/http.md. */
export class Api {
  /** Sent with each request when it is not empty. */
  token = '';

  /** @param base Where the routes are: beside the page, also behind a proxy that puts both below a path. */
  constructor(private readonly base = new URL('api', document.baseURI).href) {}

  /** What every request carries. */
  get headers(): Record<string, string> {
    return this.token === '' ? {} : { Authorization: `Bearer ${this.token}` };
  }

  /** Where resumable uploads of `storage` begin. */
  uploads(storage: string): string {
    return `${this.base}/${encodeURIComponent(storage)}/tus`;
  }

  /** The resumable upload that the server calls `url`: `…/<storage>/tus/<id>`. */
  upload(url: string): string {
    return `${this.base}/${url.split('/').slice(-3).join('/')}`;
  }

  /** A page of the objects of `storage`. @throws Refusal */
  async list(storage: string, cursor?: string): Promise<Page> {
    const query = new URLSearchParams({ limit: '50', ...(cursor !== undefined && { cursor }) });
    return (await this.send('GET', `${storage}/objects?${query}`)).json() as Promise<Page>;
  }

  /** @param expiresIn Seconds. @param download The name to save it as. Default: it is displayed. @throws Refusal */
  async link(storage: string, key: string, expiresIn: number, download?: string): Promise<Link> {
    const body = { method: 'GET', key, expiresIn, download };
    return (await this.send('POST', `${storage}/presign`, body)).json() as Promise<Link>;
  }

  /** @throws Refusal */
  async remove(storage: string, key: string): Promise<void> {
    await this.send('DELETE', objectPath(storage, key));
  }

  /** The name that an object is served under. @throws Refusal */
  async name(storage: string, key: string): Promise<string | undefined> {
    const { headers } = await this.send('HEAD', objectPath(storage, key));
    return parse(headers.get('content-disposition') ?? 'inline').parameters.filename;
  }

  private async send(method: string, path: string, body?: object): Promise<Response> {
    const headers = { ...this.headers, ...(body && { 'Content-Type': 'application/json' }) };
    const response = await fetch(`${this.base}/${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const { detail } = (await response.json().catch(() => ({}))) as { readonly detail?: string };
    throw new Refusal(detail ?? `The server answered ${response.status}`, response.status);
  }
}

function objectPath(storage: string, key: string): string {
  return `${storage}/objects/${key.split('/').map(encodeURIComponent).join('/')}`;
}
