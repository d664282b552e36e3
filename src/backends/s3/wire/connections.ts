import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { StorageError } from '../../../core/error.js';
import type { Rereadable } from '../../../core/rereadable.js';
import type { Limits } from '../limits.js';
import type { S3Connection } from '../options.js';
import { S3RequestError } from '../request-error.js';
import { checkBody } from './checked-body.js';
import { Exchange } from './exchange.js';
import { isSmall, readSmall } from './small-content.js';
import type { Target } from './target.js';
import { Watchdog } from './watchdog.js';

/** A request as it goes over the wire. */
export interface Outgoing {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names and values in turn, `host` among them. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | Rereadable | undefined;
  /** Whether the loss of its answer leaves open what is stored. */
  readonly write: boolean;
  /** Whether the first byte of the answer may take as long as the whole request. */
  readonly patient?: boolean | undefined;
  /** Whether the body of a success is content, which fails by itself where it is not what was told. A small one that is `whole` is read at once. */
  readonly content?: 'whole' | 'rest' | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What came for a request. */
export interface Answered {
  readonly response: IncomingMessage;
  /** The content of a success, where it is small. Otherwise the body is still to be read. */
  readonly bytes: Buffer | undefined;
}

/** The connections to one server: kept open between requests, bounded, given out in the order of asking. */
export class Connections {
  readonly watchdog: Watchdog;
  /** Those of our own, or the one that was given for both. They serve a client of the SDK, too. */
  readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  private readonly own: { http: HttpAgent; https: HttpsAgent } | undefined;
  private closed = false;

  constructor(
    readonly limits: Limits,
    { agent, ca }: Pick<S3Connection, 'agent' | 'ca'>,
  ) {
    const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs, maxSockets } = limits;
    this.watchdog = new Watchdog(
      Math.min(connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs),
    );
    if (agent) {
      this.agents = { httpAgent: agent, httpsAgent: agent as HttpsAgent };
      return;
    }
    // The one used last is the least likely to have been closed by the server meanwhile.
    const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, scheduling: 'lifo' as const };
    this.own = {
      http: new HttpAgent(options),
      https: new HttpsAgent({
        ...options,
        ...(ca !== undefined && { ca: [...rootCertificates, ...listOf(ca)] }),
      }),
    };
    this.agents = { httpAgent: this.own.http, httpsAgent: this.own.https };
  }

  /**
   * Sends a request and resolves with its answer when the headers are there, and small content. Read any other body or destroy it.
   * @throws S3RequestError, the StorageError of the signal, or UNAVAILABLE, reason `closed`, after `close`.
   */
  exchange(
    target: Target,
    { method, path, headers, body, write, patient, content, signal }: Outgoing,
  ): Promise<Answered> {
    if (this.closed)
      return Promise.reject(new StorageError('UNAVAILABLE', 'The backend is closed', { reason: 'closed' }));
    return new Promise((resolve, reject) => {
      const { limits, watchdog } = this;
      const agent = target.secure ? this.agents.httpsAgent : this.agents.httpAgent;
      const options = {
        agent,
        host: target.hostname,
        port: target.port,
        method,
        path,
        headers: headers as string[],
        // Of TLS. Without one Node makes it for each request, for http too, by looking whether the host is an address.
        servername: target.secure ? undefined : '',
      };
      const connected = this.own !== undefined && hasFree(agent, target);
      const request = target.secure ? httpsRequest(options) : httpRequest(options);
      const fail = (error: Error) => {
        if (error instanceof S3RequestError && error.reused) this.dropIdle();
        reject(error);
      };
      const answered = (response: IncomingMessage) => {
        if (content && (response.statusCode ?? 0) < 300) {
          if (content === 'whole' && isSmall(response)) {
            const done = (bytes: Buffer) => resolve({ response, bytes });
            readSmall(response, this, target.host, signal, done, reject);
            return;
          }
          // At once: the first chunk comes with the headers.
          checkBody(response, this, target.host);
        }
        resolve({ response, bytes: undefined });
      };
      new Exchange(
        request,
        {
          body,
          watchdog,
          limits: patient ? { ...limits, firstByteTimeoutMs: limits.requestTimeoutMs } : limits,
          host: target.host,
          write,
          connected,
          signal,
        },
        answered,
        fail,
      );
    });
  }

  /** Closes our own connections, those in use too, and ends what waits for one. */
  close(): void {
    this.closed = true;
    for (const agent of this.ownAgents) {
      // The agent would open connections for them as others close.
      for (const queue of Object.values(agent.requests))
        for (const request of [...(queue ?? [])]) request.destroy();
      agent.destroy();
    }
  }

  /** When one idle connection was stale, the others most likely are, too: the next try shall not meet them one by one. */
  private dropIdle(): void {
    for (const agent of this.ownAgents) {
      for (const sockets of Object.values(agent.freeSockets))
        for (const socket of [...(sockets ?? [])]) socket.destroy();
    }
  }

  private get ownAgents(): readonly HttpAgent[] {
    return this.own ? [this.own.http, this.own.https] : [];
  }
}

/** Whether the agent has a connection to the target that nobody uses. All of an agent of ours go to one server. */
function hasFree(agent: HttpAgent, { secure }: Target): boolean {
  if (secure) return false;
  for (const name in agent.freeSockets)
    if (agent.freeSockets[name]?.some(({ destroyed }) => !destroyed)) return true;
  return false;
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
