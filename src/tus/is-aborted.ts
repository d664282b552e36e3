/**
 * Whether the tus server did not let a request come to its end: its `ERRORS.ABORTED`, whatever the reason. It says that with 400, after
 * which clients do not try again.
 */
export function isAborted(failure: unknown): boolean {
  const { body } = (failure ?? {}) as { readonly body?: unknown };
  return typeof body === 'string' && body.includes('lock acquired');
}
