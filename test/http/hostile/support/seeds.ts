import type { PlaceName } from '../children/config.js';

/** What no answer to `ann` may hold: it is in the keys and in the content of all that is not hers. */
export const NOT_YOURS = 'NOT-YOURS';

interface Seed {
  readonly storage: PlaceName;
  readonly key: string;
  readonly content: string;
  readonly contentType: string;
}

const text = (storage: PlaceName, key: string, content: string): Seed => ({
  storage,
  key,
  content,
  contentType: 'text/plain',
});

/** The objects that are there before anything is sent, and have to be there after it. */
export const SEEDS: readonly Seed[] = [
  text('documents', 'users/ann/mine.txt', 'what ann has'),
  text('documents', 'users/bob/NOT-YOURS.txt', `${NOT_YOURS}, this is of bob`),
  text('documents', 'users/bob/folder/NOT-YOURS.txt', `${NOT_YOURS}, this is of bob`),
  text('documents', 'users/1/one.txt', 'what 1 has'),
  text('documents', 'users/10/NOT-YOURS.txt', `${NOT_YOURS}, this is of 10`),
  text('documents', 'NOT-YOURS.txt', `${NOT_YOURS}, this is of nobody`),
  text('other', 'users/ann/NOT-YOURS.txt', `${NOT_YOURS}, this is in another storage`),
  { ...text('images', 'users/ann/page.html', '<script>alert(1)</script>'), contentType: 'text/html' },
];
