import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readEnv } from '../../src/config/env.js';
import { VARIABLES } from '../../src/config/variables.js';
import { renderEnvExample, renderTables } from './render-variables.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const assignments = (text: string): [string, string][] =>
  [...text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]);

describe('the table of variables', () => {
  it('is what .env.example says', () => {
    expect(read('.env.example')).toBe(renderEnvExample());
  });

  it.each([...renderTables()])('is what docs/configuration.md says of: %s', (title, table) => {
    expect(read('docs/configuration.md')).toContain(`## ${title}\n\n${table}\n`);
  });

  it('is complete in the docs, which name no other variable', () => {
    const rows = [...read('docs/configuration.md').matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(
      ([, name]) => name,
    );
    expect(rows.sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it('holds what the variables are asked to be called', () => {
    expect(Object.keys(VARIABLES).sort()).toEqual(
      [
        ...['STORAGE_PROVIDER', 'STORAGE_LOCAL_ROOT', 'STORAGE_DURABILITY', 'STORAGE_SIGNING_SECRET'],
        ...['STORAGE_PUBLIC_URL', 'STORAGE_CONNECT_TIMEOUT_MS', 'STORAGE_IDLE_TIMEOUT_MS'],
        ...['STORAGE_MAX_SOCKETS', 'STORAGE_PRESIGNED_URL_EXPIRY', 'STORAGE_MAX_MULTIPART_SIZE'],
        ...['STORAGE_CREATE_BUCKETS', 'STORAGE_MAX_TRANSFER_MEMORY', 'STORAGE_CDN_URL'],
        ...['ENABLE_STORAGE_ENCRYPTION', 'STORAGE_RETENTION_DAYS', 'MAX_UPLOAD_SIZE', 'MAX_FILE_SIZE_MB'],
        ...['S3_ENDPOINT', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_REGION', 'S3_BUCKET'],
        ...['S3_BUCKET_DOCUMENTS', 'S3_BUCKET_AUDIO', 'S3_BUCKET_IMAGES', 'S3_USE_SSL'],
        ...['S3_FORCE_PATH_STYLE', 'S3_SIGNATURE_VERSION', 'S3_PROFILE'],
        ...['MINIO_ENDPOINT', 'MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY', 'MINIO_SECURE', 'MINIO_REGION'],
        ...['MINIO_BUCKET_DOCUMENTS', 'MINIO_BUCKET_AUDIO', 'MINIO_BUCKET_IMAGES'],
      ].sort(),
    );
  });
});

describe('.env.example', () => {
  it('is a valid environment without a warning', () => {
    const values = new Map(assignments(read('.env.example')));
    expect(readEnv((name) => values.get(name))).toMatchObject({ provider: 'local', inactive: [] });
  });

  it('sets no size of uploads: each storage of the server has its own until one is set', () => {
    const values = new Map(assignments(read('.env.example')));
    expect([values.get('MAX_UPLOAD_SIZE'), values.get('MAX_FILE_SIZE_MB')]).toEqual(['', '']);
  });
});
