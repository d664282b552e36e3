import type { S3Answer, S3ObjectCall } from '../calls.js';
import { copySource } from '../copy-source.js';
import type { ProviderProfile } from '../profile.js';
import type {
  S3CompleteCall,
  S3CompletedAnswer,
  S3CopiedPart,
  S3CopyPartCall,
  S3ListPartsCall,
  S3ListUploadsCall,
  S3PartsAnswer,
  S3PutPartCall,
  S3UploadCall,
  S3UploadCalls,
  S3UploadsAnswer,
} from '../upload-calls.js';
import { parseCompleteAnswer } from './complete-answer.js';
import { completeRequest } from './complete-request.js';
import { parseCopyPartAnswer } from './copy-part-answer.js';
import { parseCreateUploadAnswer } from './create-upload-answer.js';
import { parseListPartsAnswer } from './list-parts-answer.js';
import { parseListUploadsAnswer } from './list-uploads-answer.js';
import type { Sender } from './sender.js';
import type { Takes } from './takes.js';

/** The requests of uploads in parts, sent by our own code. */
export class WireUploadCalls implements S3UploadCalls {
  constructor(
    private readonly sender: Sender,
    private readonly takes: Takes,
    private readonly bucket: string,
    private readonly profile: Pick<ProviderProfile, 'encodingType' | 'tellsUploadEncoding'>,
  ) {}

  create({ key, headers, signal }: S3ObjectCall): Promise<{ readonly uploadId: string }> {
    const query = [['uploads', '']] as const;
    return this.sender.send(
      { method: 'POST', key, query, headers, repeatable: true, tentative: true, signal },
      this.takes.parsed(signal, (text) => parseCreateUploadAnswer(text)),
    );
  }

  putPart({ key, uploadId, number, headers, body, signal }: S3PutPartCall): Promise<S3Answer> {
    const query = ofPart(uploadId, number);
    return this.sender.send(
      { method: 'PUT', key, query, headers, body, repeatable: true, tentative: true, tries: 1, signal },
      this.takes.done,
    );
  }

  copyPart(call: S3CopyPartCall): Promise<S3CopiedPart> {
    const { key, uploadId, number, from, fromVersion, range, signal } = call;
    const headers = {
      ...call.headers,
      'x-amz-copy-source': copySource(this.bucket, from, fromVersion),
      ...(range && { 'x-amz-copy-source-range': `bytes=${range.start}-${range.end}` }),
    };
    const query = ofPart(uploadId, number);
    return this.sender.send(
      { method: 'PUT', key, query, headers, repeatable: true, tentative: true, patient: true, signal },
      this.takes.parsed(signal, (text, answer) => ({ ...answer, ...parseCopyPartAnswer(text) })),
    );
  }

  listParts({ key, uploadId, after, signal }: S3ListPartsCall): Promise<S3PartsAnswer> {
    const query: [string, string][] = [['uploadId', uploadId]];
    if (after > 0) query.push(['part-number-marker', String(after)]);
    return this.sender.send(
      { method: 'GET', key, query, repeatable: true, signal },
      this.takes.parsed(signal, (text) => parseListPartsAnswer(text)),
    );
  }

  complete({ key, uploadId, headers, parts, signal }: S3CompleteCall): Promise<S3CompletedAnswer> {
    return this.sender.send(
      {
        method: 'POST',
        key,
        query: [['uploadId', uploadId]],
        headers: { ...headers, 'content-type': 'application/xml' },
        body: completeRequest(parts),
        repeatable: false,
        patient: true,
        signal,
      },
      this.takes.parsed(signal, (text, answer) => ({ ...answer, ...parseCompleteAnswer(text) })),
    );
  }

  abort({ key, uploadId, signal }: S3UploadCall): Promise<S3Answer> {
    const query = [['uploadId', uploadId]] as const;
    return this.sender.send(
      { method: 'DELETE', key, query, repeatable: true, tentative: true, signal },
      this.takes.done,
    );
  }

  list({ prefix, after, signal }: S3ListUploadsCall): Promise<S3UploadsAnswer> {
    const query: [string, string][] = [['uploads', '']];
    if (prefix !== '') query.push(['prefix', prefix]);
    const { encodingType, tellsUploadEncoding = true } = this.profile;
    if (encodingType && tellsUploadEncoding) query.push(['encoding-type', 'url']);
    if (after) query.push(['key-marker', after.key]);
    if (after && after.uploadId !== '') query.push(['upload-id-marker', after.uploadId]);
    return this.sender.send(
      { method: 'GET', query, repeatable: true, signal },
      this.takes.parsed(signal, (text) => parseListUploadsAnswer(text)),
    );
  }
}

function ofPart(uploadId: string, number: number): readonly (readonly [string, string])[] {
  return [
    ['partNumber', String(number)],
    ['uploadId', uploadId],
  ];
}
