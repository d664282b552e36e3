import type { StorageHttpOperation } from '../access/storage-operations.js';
import type { ServedStorageOptions } from '../storage-http.options.js';
import { beginOperation, confirmOperation } from './direct-operations.js';
import { deleteOperation, listOperation, readOperation, uploadOperation } from './object-operations.js';
import type { OpenApiOperation, OpenApiRoutes, OpenApiSecurity } from './open-api-document.js';
import { json, ref } from './parts.js';
import { companionOperations, grantedOperations, signOperation } from './parts-operations.js';
import type { ProblemStatus } from './problems.js';
import { SCHEMAS } from './schemas.js';
import { tusOperations } from './tus-operations.js';
import { presignOperation, signedOperations } from './signed-operations.js';

type Served = Readonly<Record<string, ServedStorageOptions>>;

/** What the routes of an import are made of. */
export interface RoutesToDescribe {
  /** What all paths begin with: `/api`. */
  readonly base: string;
  readonly storages: Served;
  /** The storages whose signed URLs are served here. */
  readonly signing: readonly string[];
  readonly health: boolean;
  /** What a caller needs for all but signed URLs and health. */
  readonly security: readonly OpenApiSecurity[] | undefined;
}

const HEALTH: OpenApiOperation = {
  tags: ['health'],
  operationId: 'storageHealth',
  summary: 'Whether the storages answer',
  parameters: [],
  security: [],
  responses: {
    '200': { description: 'All do', content: json(ref('StoragesHealth')) },
    '503': { description: 'One does not', content: json(ref('StoragesHealth')) },
  },
};

/** The routes that there are, and no others: those of the operations that a storage enables. */
export function describeRoutes({
  base,
  storages,
  signing,
  health,
  security,
}: RoutesToDescribe): OpenApiRoutes {
  const access: ProblemStatus[] = security?.length ? ['401', '403'] : ['403'];
  const guarded = (operation: OpenApiOperation): OpenApiOperation => ({
    ...operation,
    ...(security && { security }),
  });
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  const add = (path: string, method: string, operation: OpenApiOperation): void => {
    (paths[base + path] ??= {})[method] = operation;
  };
  const enabled = (operation: StorageHttpOperation): string[] =>
    Object.keys(storages).filter((name) => storages[name]?.operations.includes(operation));
  const each = (
    operation: StorageHttpOperation,
    path: string,
    method: string,
    make: (names: readonly string[]) => OpenApiOperation,
  ): void => {
    const names = enabled(operation);
    if (names.length > 0) add(path, method, guarded(make(names)));
  };
  each('upload', '/{storage}/upload', 'post', (names) => uploadOperation(pick(storages, names), access));
  each('list', '/{storage}/objects', 'get', (names) => listOperation(names, access));
  each('get', '/{storage}/objects/{key}', 'get', (names) =>
    readOperation(
      'get',
      names,
      access,
      names.filter((name) => storages[name]?.redirect),
    ),
  );
  each('get', '/{storage}/objects/{key}', 'head', (names) => readOperation('head', names, access));
  each('delete', '/{storage}/objects/{key}', 'delete', (names) => deleteOperation(names, access));
  each('presign', '/{storage}/presign', 'post', (names) => presignOperation(names, access));
  each('direct', '/{storage}/direct', 'post', (names) => beginOperation(pick(storages, names), access));
  each('direct', '/{storage}/direct/confirm', 'post', (names) => confirmOperation(names, access));
  const resumable = enabled('tus');
  if (resumable.length > 0)
    for (const [path, method, operation] of tusOperations(resumable, access))
      add(path, method, operation.security ? operation : guarded(operation));
  each('direct', '/{storage}/direct/sign', 'post', (names) => signOperation(names, access));
  const direct = enabled('direct');
  if (direct.length > 0) {
    paths[`${base}/{storage}/direct/granted`] = { ...grantedOperations(direct) };
    for (const [path, method, operation] of companionOperations(direct, access))
      add(`/{storage}/direct/s3${path}`, method, guarded(operation));
  }
  if (signing.length > 0) paths[`${base}/{storage}/signed/{key}`] = { ...signedOperations(signing) };
  if (health) add('/v1/storage/health', 'get', HEALTH);
  return { paths, schemas: SCHEMAS };
}

function pick(storages: Served, names: readonly string[]): Served {
  return Object.fromEntries(Object.entries(storages).filter(([name]) => names.includes(name)));
}
