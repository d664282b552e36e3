import {
  ForbiddenException,
  Inject,
  Injectable,
  mixin,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { StorageService } from '../../storage/storage.service.js';
import { getStorageToken } from '../../storage/storage.tokens.js';
import { leaveForms } from '../message/fastify-bodies.js';
import type { HttpRequest } from '../message/http-request.js';
import type { FileFields } from './form/file-fields.js';
import { receiveUpload } from './receive-upload.js';
import { resolveRules, type ResolvedRules } from './resolve-rules.js';
import type { UploadOptions } from './upload.options.js';

/** An interceptor that stores the files of `fields`. `options` are checked. */
export function uploadMixin(fields: FileFields, options: UploadOptions): Type<NestInterceptor> {
  @Injectable()
  class StorageUploadInterceptor implements NestInterceptor, OnModuleInit {
    private rules: Promise<ResolvedRules<UploadOptions>> | undefined;

    constructor(
      @Inject(getStorageToken(options.storage)) private readonly storage: StorageService,
      @Inject(ModuleRef) private readonly modules: ModuleRef,
      @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost | undefined,
    ) {}

    /** @throws StorageError INVALID_ARGUMENT when the application lacks the provider of a rule. */
    async onModuleInit(): Promise<void> {
      leaveForms(this.host?.httpAdapter);
      await this.resolved();
    }

    async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
      const { required, removeOnError } = options;
      const request = context.switchToHttp().getRequest<HttpRequest>();
      const storage = this.storageFor(request);
      const rules = await this.resolved();
      return receiveUpload(
        { fields, storage, rules, principal: request.user, required, removeOnError },
        context,
        next,
      );
    }

    /** Nest calls no hook of an interceptor that is made for each request. */
    private resolved(): Promise<ResolvedRules<UploadOptions>> {
      return (this.rules ??= resolveRules('an upload interceptor', options, this.modules));
    }

    private storageFor(request: HttpRequest): StorageService {
      if (!options.scope) return this.storage;
      const scope = options.scope(request);
      if (typeof scope !== 'string' || scope === '') throw new ForbiddenException();
      return this.storage.scoped(scope);
    }
  }
  const { name } = StorageUploadInterceptor;
  const unique = mixin(StorageUploadInterceptor);
  // Where the storage is missing, Nest tells the name of the class, which is random after mixin().
  return Object.defineProperty(unique, 'name', { value: `${name}_${unique.name}` });
}
