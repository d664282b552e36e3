import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { FileFieldsInterceptor } from '@nestjs/platform-express';
import type { Observable } from 'rxjs';
import { multerOptions } from './upload/multer-options.js';
import { receiveUpload } from './upload/receive-upload.js';
import { ServedStorages, type ServedStorage } from './served-storages.js';
import { accessOf } from './access/storage-access.js';

/** Stores the fields `file` and `files` into the storage that the request was allowed, by the rules of that storage. */
@Injectable()
export class ServedUploadInterceptor implements NestInterceptor {
  private readonly inner = new Map<string, NestInterceptor>();

  constructor(@Inject(ServedStorages) private readonly storages: ServedStorages) {}

  intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { served, storage, principal } = accessOf(context.switchToHttp().getRequest<object>());
    return receiveUpload(
      { inner: this.innerOf(served), storage, rules: served.options, principal },
      context,
      next,
    );
  }

  private innerOf({ name, options }: ServedStorage): NestInterceptor {
    const known = this.inner.get(name);
    if (known) return known;
    const Inner = FileFieldsInterceptor(
      [{ name: 'file', maxCount: 1 }, { name: 'files' }],
      multerOptions(options),
    );
    const made = new Inner();
    this.inner.set(name, made);
    return made;
  }
}
