import type { Reply } from './support/reply.js';
import type { Wire } from './support/wire.js';
import type { World } from './support/world.js';

/** What is answered: a status, and the `code` of the problem where there is one, such as `400 INVALID_ARGUMENT`. */
export type Answer =
  | string
  | { readonly express: string; readonly fastify: string }
  | { readonly local: string; readonly s3: string };

/** Something that an attacker sends, and what becomes of it. A row of docs/security.md. */
export interface HostileCase {
  /** What is sent. */
  readonly what: string;
  /** The bytes: of one request, or of several that are all answered alike. */
  readonly send: (world: World) => Wire | readonly Wire[] | Promise<Wire | readonly Wire[]>;
  readonly answer: Answer;
  /** Why it is answered so. Empty where the list says it: then the page has one row for all that are answered alike. */
  readonly why: string;
  /** Objects that each of the requests leaves, which are removed again. Default: 0. */
  readonly stores?: number;
  /** What else has to be so of each answer. */
  readonly see?: (reply: Reply, world: World, wire: Wire) => void | Promise<void>;
  /** Takes back what `send` has prepared. */
  readonly undo?: (world: World) => void | Promise<void>;
  /** Where it can be tried. Default: everywhere. */
  readonly only?: 'local' | 's3' | 'express' | 'fastify';
}

/** Cases of one kind. */
export interface HostileList {
  /** What the ids of its cases begin with. */
  readonly letter: string;
  readonly title: string;
  /** What stands above its table in docs/security.md. */
  readonly about: string;
  readonly cases: readonly HostileCase[];
}

/** The id of a case of `list`, as the page and the tests have it. */
export const idOf = ({ letter, cases }: HostileList, one: HostileCase): string =>
  `${letter}${cases.indexOf(one) + 1}`;

/** What is answered in one world. */
export function answerIn(answer: Answer, { adapter, place }: Pick<World, 'adapter' | 'place'>): string {
  if (typeof answer === 'string') return answer;
  return 'local' in answer ? answer[place] : answer[adapter];
}
