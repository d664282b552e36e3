import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';

const Uploaded = createParamDecorator(
  (_data: unknown, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<{ readonly files?: unknown }>().files,
);

/**
 * The files that UploadsInterceptor stored: StoredFile[], or Record<field, StoredFile[]> for named fields.
 * A pipe that throws removes them again.
 */
export function UploadedObjects(
  ...pipes: readonly (PipeTransform | Type<PipeTransform>)[]
): ParameterDecorator {
  return Uploaded(...pipes);
}
