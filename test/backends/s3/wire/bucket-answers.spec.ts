import { describe, expect, it } from '@jest/globals';
import {
  createBucketRequest,
  parseBucketsAnswer,
  parseLocationAnswer,
} from '../../../../src/backends/s3/wire/bucket-answers.js';
import { S3AnsweredError } from '../../../../src/backends/s3/wire/xml-answer.js';
import { XmlError } from '../../../../src/backends/s3/wire/xml.js';

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

describe('the answer to a ListBuckets', () => {
  it('has names, and dates and regions where the server tells them', () => {
    const xml =
      `<ListAllMyBucketsResult ${XMLNS}><Owner><ID>o</ID></Owner><Buckets>` +
      '<Bucket><Name>a</Name><CreationDate>2019-12-11T23:32:47+00:00</CreationDate><BucketRegion>eu-west-1</BucketRegion></Bucket>' +
      '<Bucket><Name>b.c</Name><CreationDate>long ago</CreationDate></Bucket>' +
      '</Buckets><ContinuationToken>t</ContinuationToken><Prefix/></ListAllMyBucketsResult>';
    expect(parseBucketsAnswer(xml)).toEqual({
      buckets: [
        { name: 'a', createdAt: new Date('2019-12-11T23:32:47Z'), region: 'eu-west-1' },
        { name: 'b.c' },
      ],
      token: 't',
    });
  });

  it.each([
    `<ListAllMyBucketsResult ${XMLNS}><Buckets/></ListAllMyBucketsResult>`,
    '<ListAllMyBucketsResult><Owner/></ListAllMyBucketsResult>',
  ])('may be empty: %s', (xml) => {
    expect(parseBucketsAnswer(xml)).toEqual({ buckets: [] });
  });

  it.each([
    '',
    '<a/>',
    '<ListAllMyBucketsResult>',
    '<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>',
  ])('is refused: %s', (xml) => {
    expect(() => parseBucketsAnswer(xml)).toThrow(XmlError);
  });
});

describe('the answer to a GetBucketLocation', () => {
  it.each([
    [`<?xml version="1.0"?><LocationConstraint ${XMLNS}>eu-central-1</LocationConstraint>`, 'eu-central-1'],
    [`<LocationConstraint ${XMLNS}/>`, 'us-east-1'],
    [`<LocationConstraint ${XMLNS}></LocationConstraint>`, 'us-east-1'],
    ['<LocationConstraint>EU</LocationConstraint>', 'eu-west-1'],
    ['<LocationConstraint>\n  default\n</LocationConstraint>', 'default'],
  ])('%s is %s', (xml, region) => {
    expect(parseLocationAnswer(xml)).toBe(region);
  });

  it('is an error when it says one, and refused when it is no such answer', () => {
    expect(() => parseLocationAnswer('<Error><Code>AccessDenied</Code></Error>')).toThrow(S3AnsweredError);
    expect(() => parseLocationAnswer('<html/>')).toThrow(XmlError);
    expect(() => parseLocationAnswer('<LocationConstraint><a/></LocationConstraint>')).toThrow(XmlError);
  });
});

describe('the body of a CreateBucket', () => {
  it('names the region, and is none for us-east-1', () => {
    expect(createBucketRequest('us-east-1')).toBeUndefined();
    expect(createBucketRequest('eu-<1>')?.toString()).toBe(
      `<?xml version="1.0" encoding="UTF-8"?><CreateBucketConfiguration ${XMLNS}>` +
        '<LocationConstraint>eu-&#60;1&#62;</LocationConstraint></CreateBucketConfiguration>',
    );
  });
});
