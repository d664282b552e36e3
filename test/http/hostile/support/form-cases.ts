import type { Answer, HostileCase } from '../hostile-case.js';
import type { Wire } from './wire.js';

export const BAD = '400 INVALID_ARGUMENT';
const STORED = '201';
export const CRLF = '\r\n';
export const MULTIPART = 'multipart/form-data; boundary=';

/** Requests that are all answered alike. */
export const one = (
  what: string,
  wires: () => Wire | readonly Wire[],
  answer: Answer,
  why: string,
  rest: Partial<HostileCase> = {},
): HostileCase => ({ what, send: wires, answer, why, ...rest });
/** A form that is right after all. */
export const taken = (what: string, wires: () => Wire | readonly Wire[], why: string): HostileCase =>
  one(what, wires, STORED, why, { stores: 1 });
