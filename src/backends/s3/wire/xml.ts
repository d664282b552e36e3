/**
 * What came is no XML that an S3 server answers with: not well-formed, cut off, over a bound, with a document type,
 * or without what the answer must have. It has no part of the answer, so that nothing of it gets into a log.
 */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}
