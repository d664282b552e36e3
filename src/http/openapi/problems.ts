import { header, ref } from './parts.js';

const PROBLEMS = {
  '400': 'The request is not valid',
  '401': 'It is not known who is calling',
  '403': 'The caller may not do this',
  '404': 'There is no such object or storage, or the storage is not served for this',
  '408': 'The content came too slowly',
  '409': 'The key is taken, or another request changed the object at the same time',
  '410': 'The upload has expired',
  '412': 'A condition of the request fails',
  '413': 'The content is too large',
  '415': 'The content has a type that the storage does not take, or is sent in the wrong form',
  '416': 'No byte of the object is in the range',
  '422': 'The content was refused by the scanner',
  '423': 'Another request works at the upload: try again',
  '500': 'Something went wrong',
  '501': 'The storage behind the server cannot do this',
  '502': 'What is behind the server refused it',
  '503': 'The storage is not available; Retry-After says when to try again',
  '504': 'The storage did not answer in time',
  '507': 'The storage is full',
} as const;

/** A status that is answered with a problem. */
export type ProblemStatus = keyof typeof PROBLEMS;

/** What any operation may end with. */
const ALWAYS: readonly ProblemStatus[] = ['400', '404', '500', '501', '502', '503', '504'];

/** The problems that an operation answers: those of all, and `more`. */
export function problems(more: readonly ProblemStatus[]): Readonly<Record<string, object>> {
  return Object.fromEntries(
    [...ALWAYS, ...more].map((status) => [
      status,
      {
        description: PROBLEMS[status],
        content: { 'application/problem+json': { schema: ref('StorageProblem') } },
        ...(status === '416' && { headers: { 'Content-Range': header('bytes */<size>') } }),
        ...(status === '503' && { headers: { 'Retry-After': header('Seconds') } }),
      },
    ]),
  );
}
