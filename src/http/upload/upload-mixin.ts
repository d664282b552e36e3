import {
  ForbiddenException,
  Inject,
  Injectable,
  mixin,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { StorageService } from '../../storage/storage.service.js';
import { getStorageToken } from '../../storage/storage.tokens.js';
import type { HttpRequest } from '../message/http-request.js';
import { multerOptions, type MulterOptions } from './multer-options.js';
import { receiveUpload } from './receive-upload.js';
import type { UploadOptions } from './upload.options.js';

/** An interceptor that stores what one of Nest's interceptors for files parses. `options` are checked. */
export function uploadMixin(
  wrap: (multer: MulterOptions) => Type<NestInterceptor>,
  options: UploadOptions,
): Type<NestInterceptor> {
  const Inner = wrap(multerOptions(options));

  @Injectable()
  class StorageUploadInterceptor implements NestInterceptor {
    private readonly inner = new Inner();

    constructor(@Inject(getStorageToken(options.storage)) private readonly storage: StorageService) {}

    async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
      const { required, removeOnError } = options;
      const storage = this.storageFor(context.switchToHttp().getRequest<HttpRequest>());
      return receiveUpload(
        { inner: this.inner, storage, rules: options, required, removeOnError },
        context,
        next,
      );
    }

    private storageFor(request: HttpRequest): StorageService {
      if (!options.scope) return this.storage;
      const scope = options.scope(request);
      if (typeof scope !== 'string' || scope === '') throw new ForbiddenException();
      return this.storage.scoped(scope);
    }
  }
  return mixin(StorageUploadInterceptor);
}
