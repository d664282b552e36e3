import { ForbiddenException, UnauthorizedException } from '@nestjs/common';

const reject = (reason: unknown): Promise<never> =>
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is no error is what is tried
  Promise.reject(reason);

/** What `authorize` does for a request whose header `x-decide` names one of them. */
export const DECISIONS: Readonly<Record<string, () => unknown>> = {
  true: () => true,
  false: () => false,
  nothing: () => undefined,
  null: () => null,
  '0': () => 0,
  '1': () => 1,
  NaN: () => NaN,
  'an empty text': () => '',
  'the text true': () => 'true',
  'the text of a scope': () => 'users/bob',
  'a symbol': () => Symbol('true'),
  'a Boolean object': () => new Boolean(true),
  'a function': () => () => true,
  'an empty object': () => ({}),
  'an empty array': () => [],
  'an array of true': () => [true],
  'an array of a scope': () => [{ scope: 'users/bob' }],
  'a Map of a scope': () => new Map([['scope', 'users/bob']]),
  'another member': () => ({ allowed: true, prefix: 'users/bob' }),
  'an empty scope': () => ({ scope: '' }),
  'the scope null': () => ({ scope: null }),
  'the scope undefined': () => ({ scope: undefined }),
  'the scope true': () => ({ scope: true }),
  'the scope 7': () => ({ scope: 7 }),
  'a scope in an array': () => ({ scope: ['users/bob'] }),
  'a scope that is a String object': () => ({ scope: new String('users/bob') }),
  'a promise of false': () => Promise.resolve(false),
  'a promise of 1': () => Promise.resolve(1),
  'a promise of an empty scope': () => Promise.resolve({ scope: '' }),
  'a function that it returns, of a scope': () => ({ scope: () => 'users/bob' }),

  'the scope ..': () => ({ scope: '..' }),
  'the scope ../bob': () => ({ scope: '../bob' }),
  'the scope users/ann/../bob': () => ({ scope: 'users/ann/../bob' }),
  'the scope /': () => ({ scope: '/' }),
  'the scope users//bob': () => ({ scope: 'users//bob' }),
  'a scope with NUL': () => ({ scope: 'users/bob\0' }),
  'a scope with a backslash': () => ({ scope: 'users\\bob' }),
  'a lone surrogate as scope': () => ({ scope: 'users/\ud800' }),
  'a scope of 2,000 characters': () => ({ scope: 'x'.repeat(2000) }),
  'an error thrown': () => {
    throw new Error('password=hunter2 at /etc/shadow');
  },
  'a text thrown': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what is no error is what is tried
    throw 'password=hunter2';
  },
  'nothing thrown': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what is no error is what is tried
    throw undefined;
  },
  'a rejected promise': () => reject(new Error('password=hunter2')),
  'a promise rejected with nothing': () => reject(undefined),
  'a TypeError of its own': () => (undefined as unknown as { scope: string }).scope,

  UnauthorizedException: () => {
    throw new UnauthorizedException('Say who you are');
  },
  'a rejected ForbiddenException': () => reject(new ForbiddenException('Not you')),
};
