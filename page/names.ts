import type { Api, StoredObject } from './api.js';

/** Names that are asked for at once. */
const AT_ONCE = 4;

/** Finds out how the files are called that are in sight, or soon will be: a list has keys alone. */
export class Names {
  private readonly known = new Map<string, string>();
  private readonly unseen = new Map<Element, () => Promise<void>>();
  private waiting: (() => Promise<void>)[] = [];
  private asking = 0;
  private readonly sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) this.see(target);
    },
    // A screen ahead, so that names are there before they are looked for.
    { rootMargin: '100% 0px' },
  );

  constructor(private readonly api: Api) {}

  /** Calls `told` with the name of `object`, once `row` is near. Of one that nobody can tell it is the end of the key. */
  find(row: Element, storage: string, object: StoredObject, told: (name: string) => void): void {
    const { key, etag } = object;
    const id = JSON.stringify([storage, key, etag]);
    const known = this.known.get(id);
    if (known !== undefined) return told(known);
    this.unseen.set(row, async () => {
      const name = await this.api.name(storage, key).catch(() => undefined);
      if (name !== undefined) this.known.set(id, name);
      told(name ?? lastOf(key));
    });
    this.sight.observe(row);
  }

  /** The rows so far are gone. */
  forget(): void {
    this.sight.disconnect();
    this.unseen.clear();
    this.waiting = [];
  }

  private see(row: Element): void {
    this.sight.unobserve(row);
    const ask = this.unseen.get(row);
    this.unseen.delete(row);
    if (ask) this.waiting.push(ask);
    this.next();
  }

  private next(): void {
    while (this.asking < AT_ONCE) {
      const ask = this.waiting.shift();
      if (!ask) return;
      this.asking += 1;
      void ask().finally(() => {
        this.asking -= 1;
        this.next();
      });
    }
  }
}

/** The last segment of a key. */
export function lastOf(key: string): string {
  return key.split('/').at(-1) ?? key;
}
