import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HostileCase, HostileList } from '../hostile-case.js';
import { file, send } from '../support/form.js';
import { CONTENT } from '../support/contents.js';
import { readAgain } from '../support/stored.js';
import { asAnn, signed } from '../support/request.js';
import type { Wire } from '../support/wire.js';
import type { World } from '../support/world.js';

const PAGE = CONTENT.HTML;

/** Types that a browser runs with the rights of the site. */
const ACTIVE = [
  ...[
    'text/html',
    'TEXT/HTML',
    'text/html; charset=utf-7',
    'application/xhtml+xml',
    'image/svg+xml',
    'image/SVG+xml',
  ],
  ...[
    'text/xml',
    'application/xml',
    'text/xsl',
    'application/rss+xml',
    'application/atom+xml',
    'application/mathml+xml',
  ],
  ...[
    'application/xslt+xml',
    'application/rdf+xml',
    'model/x3d+xml',
    'application/vnd.wap.xhtml+xml',
    'application/vnd.mozilla.xul+xml',
  ],
  ...[
    'text/javascript',
    'application/javascript',
    'application/x-javascript',
    'text/ecmascript',
    'text/jscript',
  ],
  ...[
    'text/vbscript',
    'text/javascript1.5',
    'multipart/x-mixed-replace',
    'application/x-shockwave-flash',
    'application/hta',
  ],
];
/** Types that it shows or saves, and does not run: `nosniff` keeps it from taking them for others. */
const PASSIVE = [
  ...[
    'text/plain',
    'text/plain; charset=utf-7',
    'text/css',
    'text/csv',
    'application/json',
    'image/png',
    'image/gif',
  ],
  ...[
    'application/octet-stream',
    'application/pdf',
    'video/mp4',
    'application/zip',
    'x-unknown/y',
    'font/woff2',
  ],
];

/** That an object is given to a browser so that it does not run. */
const isHarmless =
  (kind: 'attachment' | 'inline', query = ''): NonNullable<HostileCase['see']> =>
  async (reply, world) => {
    const { headers } = await readAgain(reply, world, query);
    const found = {
      nosniff: headers['x-content-type-options'],
      disposition: headers['content-disposition']?.split(';')[0],
      sandbox: headers['content-security-policy'],
    };
    const wanted = {
      nosniff: 'nosniff',
      disposition: query === '' ? kind : 'attachment',
      sandbox: kind === 'attachment' ? "sandbox; default-src 'none'" : undefined,
    };
    if (JSON.stringify(found) !== JSON.stringify(wanted))
      throw new Error(`It is served as ${JSON.stringify(found)}`);
  };

export const servedTypes: HostileList = {
  letter: 'D',
  title: 'What is served',
  about:
    'A page with a script, stored under some type in a storage without `types`, and what a browser is told when it is read. ' +
    "*In a sandbox* is `Content-Disposition: attachment` with `Content-Security-Policy: sandbox; default-src 'none'`; all of it has `nosniff`.",
  cases: [
    ...ACTIVE.map((type): HostileCase => ({
      what: `served: \`${type}\``,
      send: () => send(file('a.bin', PAGE, type)),
      answer: '201',
      stores: 1,
      see: isHarmless('attachment'),
      why: 'in a sandbox',
    })),
    ...PASSIVE.map((type): HostileCase => ({
      what: `served: \`${type}\``,
      send: () => send(file('page.html', PAGE, type)),
      answer: '201',
      stores: 1,
      see: isHarmless('inline'),
      why: 'inline: what it is called says nothing, and nobody guesses',
    })),
    {
      what: 'served: `text/plain` with `?download=1`',
      send: () => send(file('page.html', PAGE, 'text/plain')),
      answer: '201',
      stores: 1,
      see: isHarmless('inline', '?download=1'),
      why: 'as an attachment, because it is asked for',
    },
    {
      what: 'served: HTML with `?download=0`, `?inline=1`, `?response-content-type=image/png`',
      send: () => send(file('page.html', PAGE, 'text/html')),
      answer: '201',
      stores: 1,
      see: async (reply, world) => {
        for (const query of [
          '?download=0',
          '?inline=1',
          '?response-content-type=image/png',
          '?response-content-disposition=inline',
        ]) {
          const { headers } = await readAgain(reply, world, query);
          if (
            !headers['content-disposition']?.startsWith('attachment') ||
            headers['content-type'] !== 'text/html'
          )
            throw new Error(`It is served as ${JSON.stringify(headers)}`);
        }
      },
      why: 'in a sandbox: a query changes nothing of it',
    },
    {
      what: 'served: HTML by a signed URL',
      send: async ({ presign }) =>
        signed(await presign({ method: 'GET', key: 'page.html' }, 'ann', 'images'), 'GET'),
      answer: '200',
      see: ({ headers }, { place }) => {
        if (place === 'local' && !headers['content-security-policy']?.startsWith('sandbox'))
          throw new Error(`It is served as ${JSON.stringify(headers)}`);
      },
      why: 'in a sandbox on disk; S3 serves what was stored as it was, from a host of its own',
    },
    {
      what: 'on disk, where an object would be: links to files, folders, nothing and themselves, and a FIFO',
      only: 'local',
      send: (world) => {
        const folder = oddFolder(world);
        mkdirSync(folder, { recursive: true });
        const bob = join(world.root, 'documents/users/bob');
        const links = { file: join(bob, 'NOT-YOURS.txt'), folder: bob, nothing: 'none', itself: 'itself' };
        for (const [name, to] of Object.entries(links)) symlinkSync(to, join(folder, name));
        execFileSync('mkfifo', [join(folder, 'fifo')]);
        const keys = [...Object.keys(links), 'folder/NOT-YOURS.txt', 'fifo'];
        return ['GET', 'HEAD', 'DELETE'].flatMap((method) =>
          keys.map((key): Wire => asAnn(method, `/api/documents/objects/odd/${key}`)),
        );
      },
      answer: '502 PERMISSION_DENIED',
      undo: (world) => rmSync(oddFolder(world), { recursive: true }),
      why: 'only plain files are objects: no link is followed, and nobody waits for the writer of a FIFO',
    },
  ],
};

const oddFolder = ({ root }: World): string => join(root, 'documents/users/ann/odd');
