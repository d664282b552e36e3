import { inspect } from 'node:util';

/** Counts what succeeded, what failed and how, and what was wrong. */
export class Tally {
  operations = 0;
  failures = {};
  /** What an application tried again. */
  retries = {};
  wrongs = [];
  #failed = 0;

  succeeded() {
    this.operations++;
  }

  failed(what, error) {
    const { code, message } = error;
    console.error(`FAILED: ${what}: ${inspect(error, { depth: 4 })}`);
    this.operations++;
    this.#failed++;
    const name = `${what}: ${code ?? message}`;
    this.failures[name] = (this.failures[name] ?? 0) + 1;
  }

  again(what, { code }) {
    this.retries[`${what}: ${code}`] = (this.retries[`${what}: ${code}`] ?? 0) + 1;
  }

  wrong(why) {
    console.error(`WRONG: ${why}`);
    if (this.wrongs.length < 100) this.wrongs.push(why);
  }

  get rate() {
    return this.operations === 0 ? 0 : 1 - this.#failed / this.operations;
  }

  line() {
    return `${this.operations} operations, ${this.#failed} failed, ${this.wrongs.length} wrong ${JSON.stringify(this.failures)}`;
  }
}
