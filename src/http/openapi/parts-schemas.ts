const text = { type: 'string' };
const size = { type: 'integer', minimum: 0, description: 'Bytes' };
const number = { type: 'integer', minimum: 1 };
const ticket = { ...text, description: 'Stands for the key of the upload from now on' };

/** The schemas of uploads as clients of S3 in browsers make them. */
export const PARTS_SCHEMAS: Readonly<Record<string, object>> = {
  SignRequest: {
    type: 'object',
    required: ['method', 'key'],
    additionalProperties: false,
    properties: {
      method: { type: 'string', enum: ['PUT', 'POST', 'GET', 'DELETE'] },
      key: {
        ...text,
        description: 'The name of the file; of an upload that is begun, the key that was answered',
      },
      uploadId: text,
      partNumber: number,
      contentType: text,
      size: { ...size, description: 'Bytes of the file, or of the part' },
    },
  },
  SignedRequest: {
    type: 'object',
    required: ['url'],
    properties: {
      url: { ...text, description: 'A path where it leads to this server, unless baseUrl is set' },
      key: ticket,
      headers: { type: 'object', additionalProperties: text, description: 'To be sent exactly as they are' },
      fields: { type: 'object', additionalProperties: text, description: 'Of a form, before its file' },
      ticket: { ...text, description: 'Of a whole file: for confirm' },
    },
  },
  CompanionFile: {
    type: 'object',
    required: ['filename'],
    properties: {
      filename: text,
      type: { ...text, nullable: true },
      metadata: { type: 'object', nullable: true },
    },
  },
  CompanionForm: {
    type: 'object',
    required: ['method', 'url', 'fields'],
    properties: {
      method: { type: 'string', enum: ['POST'] },
      url: text,
      fields: {
        type: 'object',
        additionalProperties: text,
        required: ['key'],
        description: 'They stand before the file, in the field `file`. Their key is for confirm',
      },
    },
  },
  CompanionUpload: {
    type: 'object',
    required: ['key', 'uploadId'],
    properties: { key: ticket, uploadId: text },
  },
  CompanionPart: {
    type: 'object',
    required: ['PartNumber', 'Size', 'ETag'],
    properties: { PartNumber: number, Size: size, ETag: text },
  },
  CompanionParts: {
    type: 'object',
    required: ['parts'],
    properties: {
      parts: {
        type: 'array',
        items: {
          type: 'object',
          required: ['PartNumber', 'ETag'],
          properties: { PartNumber: number, ETag: text },
        },
      },
    },
  },
  CompanionObject: {
    type: 'object',
    required: ['location', 'key'],
    properties: {
      location: text,
      key: { ...text, description: 'Relative to what the caller may reach' },
      bucket: text,
    },
  },
};
