import { describe, expect, it } from '@jest/globals';
import { LocalBackend } from '../../../src/backends/local/backend.js';
import { thrown } from '../../support/errors.js';

describe('signing of a local backend', () => {
  const baseUrl = 'http://files.test';
  const open = (secret: unknown) =>
    new LocalBackend({ root: './nowhere', signing: { secret: secret as string, baseUrl } });

  it('wants a secret that cannot be tried out, and does not show the one it got', () => {
    for (const secret of ['', 'hunter2', 'hunter2'.padEnd(31, '!'), undefined, 42]) {
      const { code, reason, message } = thrown(() => open(secret));
      expect([code, reason]).toEqual(['INVALID_ARGUMENT', 'config']);
      expect(message).toMatch(
        /signing\.secret is .*: pass 32 characters or more, such as `openssl rand -hex 32` gives/,
      );
      expect(message).not.toMatch(/hunter2|42/);
    }
    expect(open('hunter2'.padEnd(32, '!')).kind).toBe('local');
  });
});
