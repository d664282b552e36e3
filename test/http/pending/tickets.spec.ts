import { describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { StorageError } from '../../../src/core/error.js';
import { problemOf } from '../../../src/http/errors/problem.js';
import { Tickets } from '../../../src/http/pending/tickets.js';
import type { Ticket, TicketHolder } from '../../../src/http/pending/ticket.js';

const SECRET = 'a secret of the tests, long enough';
const tickets = new Tickets([SECRET]);
const holder: TicketHolder = { storage: 'documents', scope: 'users/ann', owner: 'string ann' };
/** Made once: a ticket that is made again is the same in the next second. */
const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;
const ticket = (more: Partial<Ticket> = {}): Ticket => ({
  id: '0b5c3a52-0000-4000-8000-000000000001',
  key: '2026/11/ü.txt',
  name: 'Übung.txt',
  contentType: 'text/plain',
  size: 5,
  checksum: { algorithm: 'crc32', value: 'NhCmhg==' },
  checked: true,
  uploadId: 'upload-1',
  expires: IN_AN_HOUR,
  ...more,
});

function refused(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (!StorageError.is(error, 'PERMISSION_DENIED')) throw error;
    const { status, detail } = problemOf(error).problem;
    return `${status} ${error.reason}: ${detail}`;
  }
  return 'it was taken';
}

const WRONG = '403 ticket: The ticket is not valid here';
const contentOf = (sealed: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('A ticket', () => {
  it('comes back as it was sealed', () => {
    const sealed = tickets.seal('direct', ticket(), holder);
    expect(tickets.open('direct', sealed, holder)).toMatchObject(ticket());
    expect(sealed).toMatch(/^[\w-]+\.[\w-]+$/);
  });

  it('tells its client neither owner nor scope', () => {
    const content = contentOf(tickets.seal('direct', ticket(), holder));
    expect(JSON.stringify(content)).not.toMatch(/ann/);
    const other = contentOf(new Tickets([`${SECRET}2`]).seal('direct', ticket(), holder));
    expect([content.owner, content.scope]).not.toContain(other.owner);
  });

  it('has marks that its holder cannot make, one of each secret', () => {
    const older = `${SECRET}2`;
    const marks = new Tickets([SECRET, older]).marksOf(ticket());
    expect(marks).toEqual([tickets, new Tickets([older])].flatMap((one) => one.marksOf(ticket())));
    expect(new Set([...marks, ...tickets.marksOf(ticket({ id: 'another' }))]).size).toBe(3);
    for (const mark of marks) {
      expect(mark).toMatch(/^[\w-]{43}$/);
      expect(tickets.seal('direct', ticket(), holder)).not.toContain(mark);
    }
  });

  it('is refused when any member of it is changed', () => {
    const sealed = tickets.seal('direct', ticket(), holder);
    const [, signature] = sealed.split('.');
    const content = contentOf(sealed);
    const members = Object.keys(content);
    expect(members.sort()).toEqual(
      [
        'checked',
        'checksum',
        'contentType',
        'expires',
        'id',
        'key',
        'name',
        'owner',
        'purpose',
        'scope',
      ].concat(...['size', 'storage', 'uploadId', 'version']),
    );
    for (const member of members)
      for (const value of ['x', 1e10, null, undefined, { ...ticket() }]) {
        const forged = Buffer.from(JSON.stringify({ ...content, [member]: value })).toString('base64url');
        expect([member, refused(() => tickets.open('direct', `${forged}.${signature}`, holder))]).toEqual([
          member,
          WRONG,
        ]);
      }
  });

  it('is refused when any character of it is changed', () => {
    const sealed = tickets.seal('direct', ticket(), holder);
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const forged = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect([at, refused(() => tickets.open('direct', forged, holder))]).toEqual([at, WRONG]);
    }
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 5],
    ['an object', { text: 'x' }],
    ['an empty text', ''],
    ['a point', '.'],
    ['three parts', 'a.b.c'],
    ['another alphabet', 'a+/=.a+/='],
    ['more than a ticket can be', `${'A'.repeat(20_000)}.${'A'.repeat(43)}`],
    ['no signature', `${Buffer.from('{}').toString('base64url')}.`],
  ])('is not %s', (_, sealed) => {
    expect(refused(() => tickets.open('direct', sealed, holder))).toBe(WRONG);
  });

  it.each<[string, Partial<TicketHolder>]>([
    ['storage', { storage: 'images' }],
    ['scope', { scope: 'users/bob' }],
    ['scope, that has none', { scope: '' }],
    ['owner', { owner: 'string bob' }],
    ['owner, whom nobody knows', { owner: 'anonymous' }],
  ])('is of no use to another %s', (_, other) => {
    const sealed = tickets.seal('direct', ticket(), holder);
    expect(refused(() => tickets.open('direct', sealed, { ...holder, ...other }))).toBe(WRONG);
  });

  it('is of no use for another purpose', () => {
    for (const purpose of ['direct', 'parts'] as const)
      for (const other of ['direct', 'parts'] as const)
        expect([
          purpose,
          other,
          refused(() => tickets.open(other, tickets.seal(purpose, ticket(), holder), holder)),
        ]).toEqual([purpose, other, purpose === other ? 'it was taken' : WRONG]);
  });

  it('ends', () => {
    const now = Math.floor(Date.now() / 1000);
    const late = tickets.seal('direct', ticket({ expires: now - 1 }), holder);
    expect(refused(() => tickets.open('direct', late, holder))).toBe('403 expired: The ticket has expired');
    // Whoever else has it does not hear even that.
    expect(refused(() => tickets.open('direct', late, { ...holder, owner: 'string bob' }))).toBe(WRONG);
  });

  it('outlives a change of the secret as long as the old one is among those that are taken', () => {
    const sealed = tickets.seal('direct', ticket(), holder);
    const fresh = 'another secret of the tests, longer';
    const both = new Tickets([fresh, SECRET]);
    expect(both.open('direct', sealed, holder)).toMatchObject(ticket());
    expect(refused(() => both.open('direct', sealed, { ...holder, owner: 'string bob' }))).toBe(WRONG);
    expect(new Tickets([fresh]).open('direct', both.seal('direct', ticket(), holder), holder)).toBeDefined();
    expect(refused(() => new Tickets([fresh]).open('direct', sealed, holder))).toBe(WRONG);
  });

  it('is not signed by the secret itself, which may sign URLs', () => {
    const [text = ''] = tickets.seal('direct', ticket(), holder).split('.');
    const signature = createHmac('sha256', SECRET).update(text).digest('base64url');
    expect(refused(() => tickets.open('direct', `${text}.${signature}`, holder))).toBe(WRONG);
  });

  it('shows no secret in a log', () => {
    expect(JSON.stringify(tickets)).not.toContain(SECRET);
  });
});
