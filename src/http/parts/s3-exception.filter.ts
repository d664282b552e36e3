import { Catch } from '@nestjs/common';
import type { Problem } from '../errors/problem.js';
import { StorageExceptionFilter } from '../errors/storage-exception.filter.js';
import { s3Document } from './s3-document.js';

/**
 * Answers errors as S3 does, with the code of the problem: clients look into an answer of exactly this type.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
@Catch()
export class S3ExceptionFilter extends StorageExceptionFilter {
  protected override written({ code, detail }: Problem): readonly [type: string, body: string] {
    const content = [['Code', code] as const, ['Message', detail] as const];
    return ['application/xml', s3Document('Error', content, true)];
  }
}
