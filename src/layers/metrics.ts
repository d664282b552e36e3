import { observe, type Outcome } from './observe.js';
import { makesLayers } from '../core/layer-factory.js';
import type { Layer } from '../core/layer.js';

/** One operation, as metrics count it. There is no key in it: keys make no labels. */
export interface MetricsSample {
  readonly operation: string;
  readonly storage: string;
  readonly backend: string;
  /** `OK` or the code of the error. */
  readonly code: Outcome['code'];
  readonly seconds: number;
}

/** What counts the operations: a Prometheus client, an OpenTelemetry meter … */
export interface MetricsSink {
  record(sample: MetricsSample): void;
}

/** Gives `sink` a sample of each operation when it ends. */
export function metrics(sink: MetricsSink): Layer {
  return observe(({ name, storage, backend }, { code, seconds }) => {
    sink.record({ operation: name, storage, backend, code, seconds });
  });
}
makesLayers(metrics);
