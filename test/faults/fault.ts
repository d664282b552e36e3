import type { Answer, RequestHead } from './http-message.js';

/** A request that the server has met, as far as it has read it. */
export interface SeenRequest extends RequestHead {
  /** Decoded, without the bucket. */
  readonly key: string;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
  /** How many requests came on that connection before it. */
  readonly turn: number;
  /** Milliseconds, by `performance.now()`. */
  readonly at: number;
  /** Bytes of the body that the server has read. */
  readonly bodyBytes: number;
}

/** How the server breaks: what it reads, does, answers and sends, and what becomes of the connection. */
export interface Fault {
  /** Which requests it meets. Default: every one. */
  readonly method?: string | undefined;
  readonly key?: string | undefined;
  readonly match?: ((request: SeenRequest) => boolean) | undefined;
  /** How many of them. Default: 1. */
  readonly times?: number | undefined;
  /** What is read before the answer: the head alone, all, or so many bytes of the body. Default: all. */
  readonly reads?: 'head' | 'all' | number | undefined;
  /** Whether the request has its effect. Default: when all of it is read and `answer` is not given as a whole. */
  readonly acts?: boolean | undefined;
  /** The answer, or what becomes of the one that was due. */
  readonly answer?: Answer | ((due: Answer, request: SeenRequest) => Answer) | undefined;
  /** Milliseconds before it. */
  readonly delayMs?: number | undefined;
  /** Rewrites the bytes of the answer, head and body. */
  readonly bytes?: ((bytes: Buffer) => Buffer) | undefined;
  /** How much of them is sent. Default: all. */
  readonly sends?: 'nothing' | 'half-head' | 'head' | 'half' | 'all' | undefined;
  /** How slowly. Default: at once. */
  readonly pace?: { readonly bytes: number; readonly everyMs: number } | undefined;
  /**
   * What follows: `keep` reads what is left of the request and waits for another, `end` closes (FIN), `reset` sends RST once
   * what was sent has arrived, `drop` closes at once, which is a RST when the request was not read, `stall` does nothing any more.
   * Default: `keep`.
   */
  readonly then?: 'keep' | 'end' | 'reset' | 'drop' | 'stall' | undefined;
}

/** What becomes of a connection before any request is read. */
export type ConnectFault =
  /** It is taken and nothing is ever read or said. */
  | 'silent'
  /** RST at once. */
  | 'reset'
  /** FIN at once. */
  | 'end';

/** What `fault` answers where `due` would have been the answer. */
export function answerOf(fault: Fault, due: Answer, request: SeenRequest): Answer {
  if (typeof fault.answer === 'function') return fault.answer(due, request);
  return fault.answer ?? due;
}

/** The part of an answer of `head` and `body` bytes that `fault` sends. */
export function sentBytes({ sends = 'all' }: Fault, head: number, all: number): number {
  const parts = {
    nothing: 0,
    'half-head': Math.floor(head / 2),
    head,
    half: Math.floor((head + all) / 2),
    all,
  };
  return parts[sends];
}

export function meets(fault: Fault, request: SeenRequest): boolean {
  return (
    (fault.method ?? request.method) === request.method &&
    (fault.key ?? request.key) === request.key &&
    (fault.match?.(request) ?? true)
  );
}
