import { describe, expect, it } from '@jest/globals';
import type { ProviderProfile } from '../../../src/backends/s3/profile.js';
import { PROFILE_NAMES } from '../../../src/backends/s3/profiles/profile-names.js';
import { profileOf, profiles } from '../../../src/backends/s3/profiles/profiles.js';
import { openBucket } from '../../servers/open-bucket.js';
import { describeServers } from '../../servers/s3-servers.js';
import { sdkClient } from '../../servers/sdk-client.js';
import { thrown } from '../../support/errors.js';
import { ProfileMeter } from './measure-profile.js';
import { UploadMeter } from './measure-uploads.js';

describe('A profile', () => {
  it.each(PROFILE_NAMES)('is found by its name: %s', (name) => {
    expect(profileOf({ name }).name).toBe(name);
    expect(profileOf({ name, endpoint: 'https://s3.amazonaws.com' }).name).toBe(name);
  });

  it.each([
    [undefined, 'aws'],
    ['https://s3.eu-west-1.amazonaws.com', 'aws'],
    ['https://s3.cn-north-1.amazonaws.com.cn', 'aws'],
    ['https://S3.Amazonaws.COM:443', 'aws'],
    ['https://abc.r2.cloudflarestorage.com', 'r2'],
    ['https://abc.eu.r2.cloudflarestorage.com', 'r2'],
    ['https://s3.us-east-005.backblazeb2.com', 'b2'],
    ['http://127.0.0.1:9000', 'other'],
    ['https://evilamazonaws.com', 'other'],
    ['https://amazonaws.com.example.com', 'other'],
    ['https://example.com/.amazonaws.com', 'other'],
    ['no url', 'other'],
  ])('is found by the host of the endpoint: %s', (endpoint, name) => {
    expect(profileOf({ endpoint }).name).toBe(name);
  });

  it.each(['AWS', 'ceph', '', 'toString'])('is not made up: %j', (name) => {
    const error = thrown(() => profileOf({ name }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'config' });
    expect(error.message).toContain(PROFILE_NAMES.join(', '));
  });

  it.each(profiles().map((profile) => [profile.name, profile] as const))(
    'says what each field rests on: %s',
    (_name, { sources, name, title, ...facts }) => {
      expect(Object.keys(sources).sort()).toEqual(Object.keys(facts).sort());
      expect(Object.values(sources).filter((source) => source.trim() === '')).toEqual([]);
      expect([name, title]).not.toContain('');
    },
  );

  it.each(profiles().map((profile) => [profile.name, profile] as const))(
    'sends a checksum that is refused when it is wrong, where the server has one: %s',
    (_name, { checksum, checksums }) => {
      if (checksums.length > 0) expect(checksums).toContain(checksum);
    },
  );

  it('assumes of an unknown server nothing that could lose data', () => {
    expect(profileOf({ name: 'other' })).toMatchObject({
      putIfAbsent: 'prove',
      putIfMatch: 'prove',
      deleteIfMatch: 'prove',
      copySourceIfMatch: 'prove',
      copyIfAbsent: 'prove',
      completeIfAbsent: 'prove',
      completeIfMatch: 'prove',
      keys: 'segments',
      metadataUnderscore: false,
    } satisfies Partial<ProviderProfile>);
  });
});

/** A condition that the server honours for one writer alone is none: test/contract has the races. */
const mistrusted = ({
  putIfAbsent,
  putIfMatch,
  deleteIfMatch,
  completeIfAbsent,
  completeIfMatch,
}: ProviderProfile): Partial<ProviderProfile> => ({
  ...(putIfAbsent === false && { putIfAbsent }),
  ...(putIfMatch === false && { putIfMatch }),
  ...(deleteIfMatch === false && { deleteIfMatch }),
  ...(completeIfAbsent === false && { completeIfAbsent }),
  ...(completeIfMatch === false && { completeIfMatch }),
});

describeServers({}, (server, name) => {
  it('is as its profile says', async () => {
    const place = await openBucket(server());
    const profile = profileOf({ name });
    const meter = new ProfileMeter(sdkClient(server()), server(), place.bucket);
    const uploads = new UploadMeter(sdkClient(server()), place.bucket);
    const measured = { ...(await meter.measure()), ...(await uploads.measure()) };
    expect({ listsDots: true, ...profile }).toMatchObject({ ...measured, ...mistrusted(profile) });
    if (profile.deleteMany !== 'single') expect(await meter.deletesMany(profile.deleteMany)).toBe(true);
    await place.destroy();
  }, 60_000);
});
