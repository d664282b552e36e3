import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { STORAGE_NAMES } from '../../src/app/served.js';
import { composeSchema } from './compose-schema.js';

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile_inline: string };
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: object;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly volumes?: readonly string[];
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const file = read('docker-compose.yml');
const compose = parse(file) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
};
const services = Object.entries(compose.services);
const { minio, 'minio-buckets': buckets } = compose.services;
const example = new Map(
  [...read('.env.example').matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ]),
);
/** What compose puts where a variable is named, when there is no .env: `${NAME:-text}`. */
const defaults = new Map(
  [...file.matchAll(/(?<!\$)\$\{([A-Z0-9_]+):-([^}]*)\}/g)].map(([, name = '', value = '']) => [name, value]),
);

const validate = new Ajv({ allErrors: true, strictTuples: false }).compile(composeSchema);

describe('docker-compose.yml', () => {
  it('keeps to the schema of compose', () => {
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    { image: 'a:1', port: ['127.0.0.1:1:1'] },
    { image: 'a:1', environment: { PORT: 3000 } },
    { image: 'a:1', restart: false },
    { image: 'a:1', healthcheck: { test: ['mc', 'ready'] } },
    { image: 'a:1', depends_on: { b: { condition: 'healthy' } } },
    { ports: ['127.0.0.1:1:1'] },
  ])('would not keep to it with %j', (service) => {
    expect(validate({ services: { service } })).toBe(false);
  });

  it('names only services and volumes that there are', () => {
    const needed = services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on));
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(needed));
    const mounted = services
      .flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((source) => !source.startsWith('.'));
    expect([...new Set(mounted)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('lets nobody in from other machines', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(ports.length).toBeGreaterThan(0);
  });

  it('names every image by a version', () => {
    const images = services.map(([, { image = '' }]) => image);
    expect(images.filter((image) => !/:[\w.-]*\d[\w.-]*$/.test(image))).toEqual([]);
    expect(minio?.image).toBe('quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z');
    expect(buckets?.image).toBe(minio?.image);
    const sources = [...(minio?.build?.dockerfile_inline ?? '').matchAll(/go install (\S+)/g)].map(
      ([, from]) => from,
    );
    expect(sources).toEqual([
      expect.stringMatching(/^github\.com\/minio\/minio@v\S+$/),
      expect.stringMatching(/^github\.com\/minio\/mc@v\S+$/),
    ]);
  });

  it('starts MinIO, waits until it is ready and makes the buckets, and nothing more unless asked', () => {
    const started = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(started.sort()).toEqual(['minio', 'minio-buckets']);
    expect(minio?.healthcheck).toBeDefined();
    expect(minio?.volumes).toEqual(['minio:/data']);
    expect(buckets?.depends_on).toEqual({ minio: { condition: 'service_healthy' } });
  });

  it('demands no variable', () => {
    const named = [...file.matchAll(/(?<!\$)\$\{?([A-Z0-9_]+)/g)].map(([, name]) => name);
    expect(named.filter((name = '') => !defaults.has(name))).toEqual([]);
  });
});

describe('docker-compose.yml and .env.example', () => {
  it('have the same keys, region and buckets', () => {
    const shared = [...defaults].filter(([name]) => name.startsWith('MINIO_'));
    expect(Object.fromEntries(shared)).toEqual(
      Object.fromEntries(shared.map(([name]) => [name, example.get(name)])),
    );
    const needed = ['MINIO_ACCESS_KEY', 'MINIO_SECRET_KEY', 'MINIO_REGION'];
    expect([...defaults.keys()]).toEqual(expect.arrayContaining(needed));
  });

  it('have a bucket for each storage of the server', () => {
    const names = STORAGE_NAMES.map((name) => `MINIO_BUCKET_${name.toUpperCase()}`);
    expect([...defaults.keys()].filter((name) => name.includes('_BUCKET_')).sort()).toEqual(
      [...names].sort(),
    );
    const made = Object.entries(buckets?.environment ?? {}).filter(([, value]) => value.includes('_BUCKET_'));
    const script = buckets?.entrypoint?.at(-1) ?? '';
    for (const [name] of made) expect(script).toContain(`"server/$$${name}"`);
    expect(made).toHaveLength(names.length);
  });

  it('have the same address, for MinIO by both of its names', () => {
    const port = minio?.ports?.find((one) => one.endsWith(':9000'))?.split(':')[1];
    for (const name of ['MINIO_ENDPOINT', 'S3_ENDPOINT']) {
      expect(example.get(name)).toBe(`http://localhost:${port}`);
    }
    for (const name of ['ACCESS_KEY', 'SECRET_KEY', 'REGION']) {
      expect(example.get(`S3_${name}`)).toBe(example.get(`MINIO_${name}`));
    }
    expect(example.get('S3_PROFILE')).toBe('minio');
  });

  it('have keys that MinIO takes', () => {
    // https://github.com/minio/minio/blob/master/internal/auth/credentials.go
    expect(example.get('MINIO_ACCESS_KEY')?.length).toBeGreaterThanOrEqual(3);
    expect(example.get('MINIO_SECRET_KEY')?.length).toBeGreaterThanOrEqual(8);
  });
});
