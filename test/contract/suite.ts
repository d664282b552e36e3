import { afterEach, describe, it } from '@jest/globals';
import type { StorageBackend } from '../../src/core/backend.js';
import type { Layer } from '../../src/core/layer.js';
import { withLayers, type LayeredBackend } from '../../src/core/layered-backend.js';
import { StorageService } from '../../src/storage/storage.service.js';

/** What not every backend has. The documentation of a test's `needs` says which tests go with it. */
export type Feature =
  /** `put` with `ifAbsent`. */
  | 'ifAbsent'
  /** `put` with `ifMatch`. */
  | 'ifMatch'
  /** `ifMatch: '*'` of a `put`: replace whatever is there. */
  | 'ifMatchAny'
  /** `delete` with `ifMatch`. */
  | 'conditionalDelete'
  /** `copy` with `ifAbsent`. */
  | 'copyIfAbsent'
  /** `copy` with `ifMatch`. */
  | 'copyIfMatch'
  /** `ifAbsent` when an upload in parts is completed. */
  | 'completeIfAbsent'
  /** `ifMatch` when an upload in parts is completed. */
  | 'completeIfMatch'
  /** An object whose key continues another object's: `a` and `a/b`. */
  | 'keyBelowKey'
  /** Options of a provider and versions are refused, because the backend has none. */
  | 'noProviderOptions';

/** An empty bucket, directory or map. */
export interface Place {
  readonly backend: StorageBackend;
  readonly destroy?: (() => Promise<void>) | undefined;
}

export interface BackendHarness {
  /** Called before each test. */
  create(): Promise<Place>;
  /** `true` (the default) or the reason why the backend has not got it. */
  readonly features?: Partial<Readonly<Record<Feature, true | string>>>;
  /** Names of tests that cannot pass, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
  /** Names of rows of the key table (keys.ts) that this backend refuses, each with the reason. */
  readonly refusedKeys?: Readonly<Record<string, string>>;
  /** Layers between a service and the backend: called for each service. */
  readonly layers?: () => readonly Layer[];
  /** How the tests reach the backend. Default: a StorageService around it. */
  readonly service?: (backend: LayeredBackend) => StorageService;
  /** Random histories that are compared with the model. Default 60. */
  readonly runs?: number;
}

/** What a test gets. */
export interface Bench {
  /** On an empty place. */
  readonly storage: StorageService;
  /** The same place through more layers. */
  open(...layers: readonly Layer[]): StorageService;
  /** Another empty place. */
  another(): Promise<StorageService>;
  /** Removes the other places now, and not when the test has ended: one that opens many takes long then. */
  leaveOthers(): Promise<void>;
  has(feature: Feature): boolean;
  readonly harness: BackendHarness;
}

export interface TestOptions {
  readonly needs?: readonly Feature[];
  /** Milliseconds. */
  readonly timeout?: number;
}

export type DefineTest = (
  name: string,
  run: (storage: StorageService, bench: Bench) => Promise<void>,
  options?: TestOptions,
) => void;

/** The tests of one theme. */
export type Theme = (test: DefineTest, harness: BackendHarness) => void;

/** Registers `themes` for one backend: skipped tests say why, a skip that skips nothing fails. */
export function defineSuite(
  name: string,
  harness: BackendHarness,
  themes: Readonly<Record<string, Theme>>,
): void {
  const skips = new Map(Object.entries(harness.skips ?? {}));
  const known = new Set<string>();
  const missing = (feature: Feature): string | undefined => {
    const state = harness.features?.[feature] ?? true;
    return state === true ? undefined : state;
  };
  const places: Place[] = [];

  const enter = async (): Promise<Bench> => {
    const place = async () => {
      const created = await harness.create();
      places.push(created);
      return (...layers: readonly Layer[]) => {
        const layered = withLayers(created.backend, 'test', [...(harness.layers?.() ?? []), ...layers]);
        return harness.service?.(layered) ?? new StorageService('test', layered);
      };
    };
    const open = await place();
    return {
      storage: open(),
      open,
      another: async () => (await place())(),
      leaveOthers: () => leave(places.splice(1)),
      has: (feature) => missing(feature) === undefined,
      harness,
    };
  };

  describe(`backend contract: ${name}`, () => {
    afterEach(() => leave(places.splice(0)));

    for (const [title, theme] of Object.entries(themes)) {
      describe(title, () => {
        theme((test, run, { needs = [], timeout } = {}) => {
          if (known.has(test)) throw new Error(`Two tests are named "${test}"`);
          known.add(test);
          const reason = skips.get(test) ?? needs.map(missing).find((why) => why !== undefined);
          if (reason !== undefined) it.skip(`${test} (skipped: ${reason})`, () => undefined);
          else {
            const body = async () => {
              const bench = await enter();
              await run(bench.storage, bench);
            };
            it(test, body, timeout);
          }
        }, harness);
      });
    }

    it('skips only what is there', () => {
      const unknown = [...skips.keys()].filter((test) => !known.has(test));
      if (unknown.length > 0) throw new Error(`No such tests to skip: ${unknown.join(', ')}`);
    });
  });
}

async function leave(places: readonly Place[]): Promise<void> {
  for (const { backend, destroy } of places) {
    await backend.close?.();
    await destroy?.();
  }
}
