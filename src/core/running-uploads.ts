import type { BegunUpload } from './part-store.js';

/** The uploads in parts that this process works at, by the ids of the backend: a sweep of this process leaves them alone. */
export class RunningUploads {
  private readonly ids = new Set<string>();
  private readonly beginning = new Set<Promise<unknown>>();

  /** Begins an upload by `work`, and knows it from then on until `end`. */
  async begin<T extends Pick<BegunUpload, 'uploadId'>>(work: () => Promise<T>): Promise<T> {
    const begun = work().then((upload) => {
      this.ids.add(upload.uploadId);
      return upload;
    });
    this.beginning.add(begun);
    try {
      return await begun;
    } finally {
      this.beginning.delete(begun);
    }
  }

  /** This process goes on with an upload that was begun before. */
  add(uploadId: string): void {
    this.ids.add(uploadId);
  }

  has(uploadId: string): boolean {
    return this.ids.has(uploadId);
  }

  /** Nothing works at it any more: it has ended, or is left to whoever goes on. */
  end(uploadId: string): void {
    this.ids.delete(uploadId);
  }

  /** Resolves when the id is known of each upload that is just being begun: the server may tell of it before. */
  async known(): Promise<void> {
    await Promise.allSettled(this.beginning);
  }
}
