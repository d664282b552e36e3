import type { Layer } from './layer.js';

const factories = new WeakSet();

/**
 * Notes that `factory` makes layers, so that `layers: [timeout]` is found out at the start. Nothing else tells the two
 * apart: a layer may have default and rest parameters, and so a `length` of 0 too.
 */
export function makesLayers(factory: (...args: never[]) => Layer): void {
  factories.add(factory);
}

/** Whether `value` is a function that makes layers, of those that `makesLayers` was told. */
export function isLayerFactory(value: unknown): value is (...args: never[]) => Layer {
  return typeof value === 'function' && factories.has(value);
}
