import { afterAll, beforeAll, describe } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { TestingModule } from '@nestjs/testing';

/** The HTTP adapters of Nest. */
export type AdapterName = keyof typeof titles;
const titles = { express: 'Express', fastify: 'Fastify' } as const;
const usual: AdapterName = 'express';

let current: AdapterName = usual;

/** The adapter of the describe around a test or hook that runs: what `boot` takes when it is told none. */
export function currentAdapter(): AdapterName {
  return current;
}

/** Calls `define` in a describe for each adapter. What boots there runs on that adapter. */
export function forEachAdapter(
  define: (adapter: AdapterName) => void,
  only: readonly AdapterName[] = ['express', 'fastify'],
): void {
  for (const adapter of only) {
    describe(`with ${titles[adapter]}`, () => {
      beforeAll(() => void (current = adapter));
      afterAll(() => void (current = usual));
      define(adapter);
    });
  }
}

/** A describe of its own on each adapter. */
export function describeAdapters(
  name: string,
  define: (adapter: AdapterName) => void,
  only?: readonly AdapterName[],
): void {
  forEachAdapter((adapter) => describe(name, () => define(adapter)), only);
}

/** An application on `adapter`, which nobody has started. */
export function createOn(
  adapter: AdapterName,
  module: TestingModule,
  {
    bodyParser = true,
    force = true,
  }: { readonly bodyParser?: boolean; readonly force?: boolean | undefined } = {},
): INestApplication {
  // Else a test that fails would wait for the connections that it left open.
  const options = { logger: false, ...(force && { forceCloseConnections: true }), bodyParser } as const;
  return adapter === 'express'
    ? module.createNestApplication(new ExpressAdapter(), options)
    : module.createNestApplication(new FastifyAdapter(), options);
}
