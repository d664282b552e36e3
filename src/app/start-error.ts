/** A reason why the server does not start that its operator can act upon: `message` is all there is to say. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
