import {
  ForbiddenException,
  Inject,
  Injectable,
  NotFoundException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { HttpRequest } from '../message/http-request.js';
import { keyFromRequest } from '../message/key-from-request.js';
import { listQuery } from '../message/list-query.js';
import { operationOf } from './operation.decorator.js';
import { ServedStorages, type ServedStorage } from '../served-storages.js';
import { inScope } from '../pending/in-scope.js';
import { grantAccess } from './storage-access.js';
import type { StorageDecision } from './storage-authorize.js';
import type { StorageService } from '../../storage/storage.service.js';

/** Lets a request through when its storage is served, its operation enabled and `authorize` agrees: no body is read yet, but the small one of a `presign` or `direct`. */
@Injectable()
export class StorageAccessGuard implements CanActivate {
  constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const { operation, ask } = operationOf(context.getHandler());
    const { storage: name } = request.params as { readonly storage: string };
    const served = this.storages.get(name);
    if (!served?.options.operations.includes(operation)) throw new NotFoundException('There is nothing here');
    const asked = (await ask?.(request, served, this.storages)) ?? {};
    const { presign, file } = asked;
    // Whoever may not delete here gets no URL that deletes.
    if (presign && !served.options.operations.includes(presign.operation))
      throw new ForbiddenException(`URLs for ${presign.method} are not given out here`);
    const key = operation === 'get' || operation === 'delete' ? keyFromRequest(request, name) : asked.key;
    const prefix = operation === 'list' ? listQuery(request).prefix : undefined;
    const { principal = ({ user }: HttpRequest) => user } = this.storages.options;
    const who = principal(request);
    const decision: unknown = await this.storages.authorize({
      request,
      principal: who,
      operation,
      storage: name,
      ...(presign && { method: presign.method }),
      ...(key !== undefined && { key }),
      ...(file && { file }),
      ...(prefix !== undefined && { prefix }),
    });
    const { storage, scope } = confine(served, decision as StorageDecision);
    const hides = (one: string): boolean => served.pending?.hides(inScope(scope, one)) === true;
    if (key !== undefined && hides(key)) throw new NotFoundException('There is nothing here');
    grantAccess(request, { served, storage, scope, hides, principal: who, key: key ?? '', asked });
    return true;
  }
}

/** Anything but `true` and a scope with something in it refuses, whatever the types say. */
function confine(
  { storage, pending }: ServedStorage,
  decision: StorageDecision,
): { readonly storage: StorageService; readonly scope: string } {
  if (decision === true) return { storage, scope: '' };
  const given: unknown =
    typeof decision === 'object' ? (decision as { scope?: unknown } | null)?.scope : undefined;
  if (typeof given !== 'string' || given === '') throw new ForbiddenException('This is not allowed');
  const scope = given.replace(/\/$/, '');
  if (pending?.hides(`${scope}/`)) throw new Error('authorize gave a scope below the pending prefix');
  try {
    return { storage: storage.scoped(scope), scope };
  } catch (cause) {
    throw new Error('authorize gave a scope that is no key', { cause });
  }
}
