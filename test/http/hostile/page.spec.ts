import { describe, expect, it } from '@jest/globals';
import { LISTS } from './lists.js';
import { readPage, renderPage, writePage } from './page.js';

// `npm run docs:security` sets it.
if (process.env.STOWAGE_WRITE_PAGES === '1') writePage();

describe('docs/security.md', () => {
  it('says what is answered to each case: `npm run docs:security` writes it', () => {
    expect(readPage()).toBe(renderPage(readPage()));
  });

  it('has each case once', () => {
    for (const { cases } of LISTS) {
      const names = cases.map(({ what }) => what);
      expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    }
  });
});
