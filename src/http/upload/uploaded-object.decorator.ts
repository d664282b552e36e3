import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';

const Uploaded = createParamDecorator(
  (_data: unknown, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<{ readonly file?: unknown }>().file,
);

/** The file that UploadInterceptor stored, a StoredFile. A pipe that throws, such as ParseFilePipe, removes it again. */
export function UploadedObject(
  ...pipes: readonly (PipeTransform | Type<PipeTransform>)[]
): ParameterDecorator {
  return Uploaded(...pipes);
}
