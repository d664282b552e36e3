// What belongs to the optional peers fits where it is handed in, and nothing else does. It is compiled, not run.
import { S3Client } from '@aws-sdk/client-s3';
import type { HealthIndicatorFunction } from '@nestjs/terminus';
import { Test, type TestingModule } from '@nestjs/testing';
import type { StorageService } from 'nestjs-stowage';
import type { StorageHealthIndicator } from 'nestjs-stowage/health';
import { S3Backend, S3Buckets } from 'nestjs-stowage/s3';
import { overrideStorage, type FakeStorage } from 'nestjs-stowage/testing';

const client = new S3Client({ region: 'eu-central-1' });
export const backend = new S3Backend({ bucket: 'documents', client });
export const buckets = new S3Buckets(() => client, 'documents');

// @ts-expect-error -- not a client of S3, though it sends something
export const nothing = new S3Backend({ bucket: 'documents', client: { send: () => Promise.resolve() } });
// @ts-expect-error -- a client of another service
export const another = new S3Backend({ bucket: 'documents', client: other() });

declare function other(): Omit<S3Client, 'config'> & {
  readonly config: Omit<S3Client['config'], 'forcePathStyle' | 'disableMultiregionAccessPoints'>;
};

export const handedOut = (storage: StorageService): S3Client | undefined => storage.as(S3Client);

export const fake: FakeStorage = overrideStorage(Test.createTestingModule({}), 'documents');
// @ts-expect-error -- a module is compiled already
export const late = (module: TestingModule): FakeStorage => overrideStorage(module, 'documents');

export const health =
  (indicator: StorageHealthIndicator, storage: StorageService): HealthIndicatorFunction =>
  () =>
    indicator.isHealthy('documents', storage);
