/** What a {@link Bag} can hold, in one bag at a time. */
export interface Baggable {
  /** Where it lies, for the bag alone; -1 when it lies in none. */
  place: number;
}

/**
 * Things that come and go all the time, in no order. A `Set` makes a new table every few dozen of them, and V8 links each
 * table to its successor: once one of them has grown old, no garbage that later ones held is found by a quick collection.
 * For requests of 1 KiB that made quick collections eight times as dear.
 */
export class Bag<T extends Baggable> {
  private readonly things: T[] = [];

  get size(): number {
    return this.things.length;
  }

  has(thing: T): boolean {
    return this.things[thing.place] === thing;
  }

  add(thing: T): void {
    if (!this.has(thing)) thing.place = this.things.push(thing) - 1;
  }

  delete(thing: T): void {
    const { place } = thing;
    if (this.things[place] !== thing) return;
    const last = this.things.pop() as T;
    if (last !== thing) {
      this.things[place] = last;
      last.place = place;
    }
    thing.place = -1;
  }

  /** Calls `look` with each; it may take things out, and what it puts in is left for the next time. */
  forEach(look: (thing: T) => void): void {
    // From behind: what takes the place of a thing that is taken out was looked at already.
    for (let place = this.things.length - 1; place >= 0; place--) {
      const thing = this.things[place];
      if (thing) look(thing);
    }
  }

  /** All of them as they are now. */
  values(): T[] {
    return [...this.things];
  }
}
