import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { namedFiles } from './upload/form/file-fields.js';
import { receiveUpload } from './upload/receive-upload.js';
import { accessOf } from './access/storage-access.js';

const FIELDS = namedFiles([{ name: 'file', maxCount: 1 }, { name: 'files' }]);

/** Stores the fields `file` and `files` into the storage that the request was allowed, by the rules of that storage. */
@Injectable()
export class ServedUploadInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { served, storage, principal, hides } = accessOf(context.switchToHttp().getRequest<object>());
    const rules = { ...served.options, hides };
    return receiveUpload({ fields: FIELDS, storage, rules, principal }, context, next);
  }
}
