import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const XML = (code) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>made by the soak</Message></Error>`;

/**
 * A proxy in front of an S3 server that breaks a part of the requests, each in one way. Signatures hold, because it hands on the Host.
 * `counts` says how often it did what; `rate` may be set while it runs.
 */
export class FaultyProxy {
  counts = {};
  requests = 0;
  #server;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  /** Requests that the server has not answered to the end, by their paths, also those whose client has gone. */
  #open = new Map();

  constructor(endpoint, { rate, random }) {
    this.target = new URL(endpoint);
    this.rate = rate;
    this.random = random;
    this.#server = http.createServer((request, response) => this.#handle(request, response));
    this.#server.keepAliveTimeout = 30_000;
    this.#server.requestTimeout = 0;
  }

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.endpoint = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  async stop() {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Connections of clients that are open, once they had 10 seconds to go. */
  async left() {
    for (let i = 0; ; i++) {
      const count = await new Promise((resolve) => this.#server.getConnections((_, open) => resolve(open)));
      if (count === 0 || i === 100) return count;
      await sleep(100);
    }
  }

  /** Resolves when the server works at nothing any more that was asked of `key`. @throws Error after a minute. */
  async quiet(key) {
    // What a client has sent before it gave up comes from the kernel in the next turns.
    await sleep(50);
    for (let i = 0; i < 600; i++) {
      const open = [...this.#open.values()].some(
        (path) => path.includes(`/${key}?`) || path.endsWith(`/${key}`),
      );
      if (!open) return;
      await sleep(100);
    }
    throw new Error(`The server did not come to an end with ${key}`);
  }

  #pick() {
    if (this.random() >= this.rate) return undefined;
    const name = FAULTS[Math.floor(this.random() * FAULTS.length)];
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    return name;
  }

  #handle(request, response) {
    this.requests++;
    const fault = this.#pick();
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    if (fault === 'slow-down' || fault === 'internal-error') {
      request.resume().on('end', () => {
        const [status, code] = fault === 'slow-down' ? [503, 'SlowDown'] : [500, 'InternalError'];
        const text = XML(code);
        response.writeHead(status, { 'content-type': 'application/xml', 'content-length': text.length });
        response.end(request.method === 'HEAD' ? undefined : text);
      });
      return;
    }
    if (fault === 'reset-at-once') return void request.socket.resetAndDestroy();
    if (fault === 'reset-in-body') {
      const at = this.random() * Number(request.headers['content-length'] ?? 0);
      let seen = 0;
      request.on('data', ({ length }) => (seen += length) >= at && request.socket.resetAndDestroy());
      request.on('end', () => request.socket.resetAndDestroy());
      return;
    }
    this.#forward(request, response, fault);
  }

  #forward(request, response, fault) {
    const { hostname, port } = this.target;
    const { method, url: path, rawHeaders } = request;
    const onward = http.request({ agent: this.#agent, hostname, port, method, path, headers: rawHeaders });
    // A byte that nobody can miss: what has no checksum, nobody could know of. That of a POST is of the object, not of the body.
    const checked = method === 'PUT' && 'x-amz-checksum-crc32' in request.headers;
    if (fault === 'flipped-upload' && checked)
      request.once('data', (chunk) => (chunk[chunk.length >> 1] ^= 1));
    this.#open.set(onward, path);
    onward.on('close', () => this.#open.delete(onward));
    onward.on('error', () => response.socket?.destroy());
    onward.on('response', (answer) => this.#answer(answer, response, fault));
    request.pipe(onward);
    response.on('close', () => {
      if (response.writableFinished) return;
      // What the server has whole it goes on with, and only its answer tells when it has come to an end.
      if (method === 'GET' || !request.complete) onward.destroy();
      else onward.res?.resume();
    });
  }

  #answer(answer, response, fault) {
    answer.on('error', () => response.socket?.destroy());
    if (response.destroyed) return void answer.resume();
    // What was asked for has been done, and nobody hears of it.
    if (fault === 'lost-answer') {
      answer.resume();
      return void response.socket?.resetAndDestroy();
    }
    if (fault === 'stalled-answer') {
      // Longer than the client waits; it closes the connection.
      answer.resume();
      return;
    }
    // Other answers tell the checksum of an object, too, and are none.
    const checked =
      answer.req.method === 'GET' && answer.statusCode === 200 && 'x-amz-checksum-crc32' in answer.headers;
    if (fault === 'flipped-byte' && (!checked || answer.headers['x-amz-checksum-type'] === 'COMPOSITE'))
      fault = undefined;
    const length = Number(answer.headers['content-length'] ?? 0);
    const at = Math.floor(this.random() * length);
    response.writeHead(answer.statusCode, answer.rawHeaders);
    response.flushHeaders();
    if (
      fault === 'cut-body' ||
      fault === 'reset-body' ||
      fault === 'stalled-body' ||
      fault === 'flipped-byte'
    ) {
      let seen = 0;
      answer.on('data', (chunk) => {
        const from = seen;
        seen += chunk.length;
        if (fault === 'flipped-byte') {
          if (from <= at && at < seen) chunk[at - from] ^= 1;
          response.write(chunk);
        } else if (seen < at) response.write(chunk);
        else if (!response.broken) {
          response.broken = true;
          response.write(chunk.subarray(0, Math.max(0, at - from)));
          setImmediate(() => {
            if (fault === 'cut-body') response.socket?.end();
            else if (fault === 'reset-body') response.socket?.resetAndDestroy();
          });
        }
      });
      answer.on('end', () => (response.broken ? undefined : response.end()));
      return;
    }
    if (fault === 'slow-body') {
      answer.on('data', (chunk) => {
        response.write(chunk);
        answer.pause();
        setTimeout(() => answer.resume(), 5);
      });
      answer.on('end', () => response.end());
      return;
    }
    answer.pipe(response);
  }
}

const FAULTS = [
  'slow-down',
  'internal-error',
  'reset-at-once',
  'reset-in-body',
  'lost-answer',
  'stalled-answer',
  'cut-body',
  'reset-body',
  'stalled-body',
  'flipped-byte',
  'flipped-upload',
  'slow-body',
];
