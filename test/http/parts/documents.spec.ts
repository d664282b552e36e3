import { describe, expect, it } from '@jest/globals';
import { readCompletion } from '../../../src/http/parts/completion-document.js';
import { Grants, GRANT_SECONDS, type Grant } from '../../../src/http/parts/grants.js';
import { s3Document } from '../../../src/http/parts/s3-document.js';
import { thrown } from '../../support/errors.js';

const part = (number: string, etag: string) =>
  `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
const document = (...parts: string[]) =>
  `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;

describe('A completion', () => {
  it('is read as clients write it', () => {
    const one = [{ number: 1, etag: 'a-b' }];
    expect(readCompletion(document(part('1', 'a-b')))).toEqual(one);
    expect(readCompletion(document(part('1', '"a-b"')))).toEqual(one);
    expect(readCompletion(document(part('1', '&quot;a-b&#34;')))).toEqual(one);
    expect(readCompletion(document(part('1', '&lt;&amp;&gt;')))).toEqual([{ number: 1, etag: '<&>' }]);
    const pretty = `<?xml version="1.0" encoding="UTF-8"?>
      <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Part>
          <ETag>a-b</ETag>
          <PartNumber>1</PartNumber>
        </Part>
      </CompleteMultipartUpload>
    `;
    expect(readCompletion(pretty)).toEqual(one);
    expect(readCompletion(document())).toEqual([]);
    const many = document(
      ...Array.from({ length: 10_000 }, (_, index) => part(String(index + 1), 'e'.repeat(40))),
    );
    expect(readCompletion(many)).toHaveLength(10_000);
  });

  it.each([
    ['', 'nothing'],
    ['<Part/>', 'another document'],
    [`<!DOCTYPE x [<!ENTITY e "1">]>${document(part('1', '&e;'))}`, 'a document type'],
    [document(part('1', '&e;')), 'a reference that it has not'],
    [document(part('1', 'a')) + 'x', 'text behind it'],
    [document(part('1', 'a')).slice(0, -3), 'the end missing'],
    [document(part('-1', 'a')), 'a negative number'],
    [document(part('1e3', 'a')), 'another spelling'],
    [document(part('123456', 'a')), 'a number that is too long'],
    [document(part('1', '')), 'no ETag'],
    [document(part('1', 'a'.repeat(300))), 'an ETag that is too long'],
    [document('<Part><PartNumber>1</PartNumber></Part>'), 'an ETag missing'],
    [document('<Part><ETag>a</ETag><ETag>a</ETag></Part>'), 'two ETags'],
    [document(part('1', 'a').replace('<Part>', '<Part a="b">')), 'an attribute'],
    [document('<!-- -->', part('1', 'a')), 'a comment'],
    [document('<![CDATA[x]]>'), 'character data'],
  ])('is refused: %s (%s)', (text) => {
    expect(thrown(() => readCompletion(text))).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'body' });
  });

  it('takes no time that grows faster than its length', () => {
    for (const filler of ['<Part>', '<Part> ', '&quot;', '<ETag>'])
      expect(thrown(() => readCompletion(document(filler.repeat(200_000)))).reason).toBe('body');
  });
});

describe('A document of S3', () => {
  it('escapes by names alone, and has no character that XML has not', () => {
    expect(s3Document('A', [['B', '<&>"\'\u0000\ud800\uffff日本']])).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<B>&lt;&amp;&gt;&quot;&apos;\ufffd\ufffd\ufffd日本</B></A>',
    );
  });
});

describe('A grant', () => {
  const secret = 'a secret of more than 32 characters';
  const grant = (seconds = GRANT_SECONDS): Grant => ({
    ...{ action: 'complete', storage: 'documents', scope: 'users/ann', principal: { id: 7 } },
    ticket: { id: 'i', key: 'k', name: 'n', contentType: 'a/b', uploadId: 'u', expires: 1 },
    expires: Math.floor(Date.now() / 1000) + seconds,
  });

  it('comes back as it was, whichever secret sealed it, and tells nothing', () => {
    const given = grant();
    const sealed = new Grants([secret]).seal(given);
    expect(new Grants(['another secret of 32 characters ...', secret]).open(sealed, 'documents')).toEqual(
      given,
    );
    // Three letters alone are there by chance now and then.
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('users/ann');
    expect(new Grants([secret]).seal(given)).not.toBe(sealed);
  });

  it('is refused when it is changed, over, of another storage or secret', () => {
    const grants = new Grants([secret]);
    const sealed = grants.seal(grant());
    for (let at = 0; at < sealed.length; at += 7) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      expect(thrown(() => grants.open(changed, 'documents'))).toMatchObject({
        code: 'PERMISSION_DENIED',
        reason: 'signature',
      });
    }
    for (const wrong of [null, '', 'x', `${sealed}=`, `${sealed}A`, sealed.slice(1)])
      expect(thrown(() => grants.open(wrong, 'documents')).reason).toBe('signature');
    expect(thrown(() => grants.open(sealed, 'other')).reason).toBe('signature');
    expect(thrown(() => new Grants([`${secret}.`]).open(sealed, 'documents')).reason).toBe('signature');
    expect(thrown(() => grants.open(grants.seal(grant(0)), 'documents')).reason).toBe('expired');
  });

  it('is not made when it is too long for a URL', () => {
    const long = { ...grant(), principal: 'x'.repeat(12_000) };
    expect(thrown(() => new Grants([secret]).seal(long)).code).toBe('INVALID_ARGUMENT');
  });
});
