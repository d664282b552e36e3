import {
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { HttpRequest } from './http-request.js';
import { keyFromRequest } from './key-from-request.js';
import { listQuery } from './list-query.js';
import { operationOf } from './operation.decorator.js';
import { ServedStorages } from './served-storages.js';
import { grantAccess } from './storage-access.js';
import type { StorageDecision } from './storage-authorize.js';
import type { StorageService } from '../storage/storage.service.js';

/** Lets a request through when its storage is served, its operation enabled and `authorize` agrees: a body is not read yet. */
@Injectable()
export class StorageAccessGuard implements CanActivate {
  constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const operation = operationOf(context.getHandler());
    const { storage: name } = request.params as { readonly storage: string };
    const served = this.storages.get(name);
    if (!served?.options.operations.includes(operation)) throw new NotFoundException('There is nothing here');
    const key = operation === 'get' || operation === 'delete' ? keyFromRequest(request, name) : undefined;
    const prefix = operation === 'list' ? listQuery(request).prefix : undefined;
    const { principal = ({ user }: HttpRequest) => user } = this.storages.options;
    const decision: unknown = await this.storages.authorize({
      request,
      principal: principal(request),
      operation,
      storage: name,
      ...(key !== undefined && { key }),
      ...(prefix !== undefined && { prefix }),
    });
    const storage = confine(served.storage, decision as StorageDecision);
    grantAccess(request, { served, storage, key: key ?? '' });
    return true;
  }
}

/** Anything but `true` and a scope with something in it refuses, whatever the types say. */
function confine(storage: StorageService, decision: StorageDecision): StorageService {
  if (decision === true) return storage;
  const scope: unknown =
    typeof decision === 'object' ? (decision as { scope?: unknown } | null)?.scope : undefined;
  if (typeof scope !== 'string' || scope === '') throw new ForbiddenException('This is not allowed');
  try {
    return storage.scoped(scope);
  } catch (cause) {
    throw new Error('authorize gave a scope that is no key', { cause });
  }
}
