import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderProfiles } from './render-profiles.js';

describe('docs/s3.md', () => {
  const page = readFileSync(new URL('../../../docs/s3.md', import.meta.url), 'utf8');

  it.each(renderProfiles().map((table, index) => [index + 1, table] as const))(
    'has what the profiles say: table %i',
    (_index, table) => {
      expect(page).toContain(`\n\n${table}\n\n`);
    },
  );
});
