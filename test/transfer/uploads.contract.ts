import { describe } from '@jest/globals';
import { useUploadBench, type UploadBench, type UploadPlace } from './support/upload-bench.js';
import { endedUploads } from './uploads-ended.contract.js';
import { recordedUploads } from './uploads-records.contract.js';
import { resumedUploads } from './uploads-resumed.contract.js';
import { sweptUploads } from './uploads-swept.contract.js';

/** What every backend has to do with uploads that go on after a crash. */
export interface UploadsHarness {
  readonly create: () => Promise<UploadPlace>;
  /** Bytes of a part: at least what the backend takes. */
  readonly partSize: number;
  /** Whether an upload in parts takes `ifAbsent`. Default: true. */
  readonly ifAbsent?: boolean;
}

export interface UploadsContext {
  readonly enter: () => Promise<UploadBench>;
  readonly partSize: number;
  readonly ifAbsent: boolean;
}

export function uploadsContract(name: string, { create, partSize, ifAbsent = true }: UploadsHarness): void {
  describe(`uploads: ${name}`, () => {
    const enter = useUploadBench(create);
    const context = { enter, partSize, ifAbsent };
    describe('that go on', () => resumedUploads(context));
    describe('with records', () => recordedUploads(context));
    describe('that nobody goes on with', () => sweptUploads(context));
    describe('that end', () => endedUploads(context));
  });
}
