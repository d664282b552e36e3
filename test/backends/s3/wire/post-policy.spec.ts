import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { signPostPolicy, type PostPolicy } from '../../../../src/backends/s3/wire/post-policy.js';
import { Signer } from '../../../../src/backends/s3/wire/signer.js';
import { SigningKey } from '../../../../src/backends/s3/wire/signing-key.js';
import { thrown } from '../../../support/errors.js';

const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const scope = { region: 'us-east-1', service: 's3' };

/** The policy of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html, in its form there. */
const published = [
  '{ "expiration": "2015-12-30T12:00:00.000Z",',
  '  "conditions": [',
  '    {"bucket": "sigv4examplebucket"},',
  '    ["starts-with", "$key", "user/user1/"],',
  '    {"acl": "public-read"},',
  '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
  '    ["starts-with", "$Content-Type", "image/"],',
  '    {"x-amz-meta-uuid": "14365123651274"},',
  '    {"x-amz-server-side-encryption": "AES256"},',
  '    ["starts-with", "$x-amz-meta-tag", ""],',
  '',
  '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
  '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
  '    {"x-amz-date": "20151229T000000Z" }',
  '  ]',
  '}',
].join('\r\n');

const form: PostPolicy = {
  bucket: 'sigv4examplebucket',
  conditions: [
    ['starts-with', '$key', 'user/user1/'],
    { acl: 'public-read' },
    { success_action_redirect: 'http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html' },
    ['starts-with', '$Content-Type', 'image/'],
    { 'x-amz-meta-uuid': '14365123651274' },
    { 'x-amz-server-side-encryption': 'AES256' },
    ['starts-with', '$x-amz-meta-tag', ''],
  ],
  expiration: new Date('2015-12-30T12:00:00Z'),
  now: new Date('2015-12-29T00:00:00Z'),
};

interface Document {
  readonly expiration: string;
  readonly conditions: readonly unknown[];
}

function decoded(policy = ''): Document {
  return JSON.parse(Buffer.from(policy, 'base64').toString()) as Document;
}

/** In no order. */
function conditions(document: Document): string[] {
  return document.conditions.map((condition) => JSON.stringify(condition)).sort();
}

describe('the form of a POST upload', () => {
  it('is signed with the published signature of the published policy', () => {
    const key = new SigningKey(credentials, scope, '20151229');
    expect(key.signText(Buffer.from(published).toString('base64'))).toBe(
      '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e',
    );
  });

  it('has the policy that was published, but for its order and its blanks', () => {
    const fields = signPostPolicy(form, credentials, scope);
    const document = decoded(fields['policy']);
    const wanted = JSON.parse(published) as Document;
    expect(document.expiration).toBe(wanted.expiration);
    expect(conditions(document)).toEqual(conditions(wanted));
    expect(fields).toMatchObject({
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request',
      'x-amz-date': '20151229T000000Z',
    });
    expect(Object.keys(fields)).toHaveLength(5);
  });

  it('carries the signature of its own policy', () => {
    const { policy = '', ...fields } = signPostPolicy(form, credentials, scope, new Signer());
    let key = Buffer.from(`AWS4${credentials.secretAccessKey}`);
    for (const part of ['20151229', 'us-east-1', 's3', 'aws4_request'])
      key = createHmac('sha256', key).update(part).digest();
    expect(fields['x-amz-signature']).toBe(createHmac('sha256', key).update(policy).digest('hex'));
  });

  it('sends the session token, and has a condition for it', () => {
    const fields = signPostPolicy(form, { ...credentials, sessionToken: 'token==' }, scope);
    expect(fields['x-amz-security-token']).toBe('token==');
    expect(decoded(fields['policy']).conditions).toContainEqual({ 'x-amz-security-token': 'token==' });
  });

  it('keeps any text, `${` as well: refusing that is for who promises one key', () => {
    const wanted = { key: 'ü/"\\😀/${filename}' };
    const { policy } = signPostPolicy({ ...form, conditions: [wanted] }, credentials, scope);
    expect(decoded(policy).conditions).toContainEqual(wanted);
  });

  it.each([form.now, new Date(0), new Date(NaN)])(
    'does not expire at %p, before it is good',
    (expiration) => {
      expect(thrown(() => signPostPolicy({ ...form, expiration }, credentials, scope))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'expiration',
      });
    },
  );
});
