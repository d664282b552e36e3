/** A refusal in the form that `@tus/server` takes: it answers with its status and text. */
export class TusRefusal extends Error {
  readonly body: string;

  constructor(
    readonly status_code: 404 | 409 | 413 | 423,
    text: string,
  ) {
    super(text);
    this.body = `${text}\n`;
  }
}

/** Also of the upload of somebody else, which is none to whoever asks. */
export const noSuchUpload = (): TusRefusal => new TusRefusal(404, 'There is no such upload');
