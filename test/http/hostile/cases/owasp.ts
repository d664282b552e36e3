import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostileList } from '../hostile-case.js';
import { CONTENT } from '../support/contents.js';
import { file, form, send, upload } from '../support/form.js';
import { asAnn, request } from '../support/request.js';
import { readAgain, uploadedBy } from '../support/stored.js';

/** Rows of https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html */
export const owasp: HostileList = {
  letter: 'O',
  title: 'OWASP File Upload Cheat Sheet',
  about:
    'The rows of the [cheat sheet](https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html) that are not in another list.',
  cases: [
    {
      what: 'generate the stored name: `secret-project.txt`',
      send: () => send(file('secret-project.txt')),
      answer: '201',
      stores: 1,
      see: (reply) => {
        if (/secret|project/.test(uploadedBy(reply).key)) throw new Error('The key has the name in it');
      },
      why: 'the key has a date, a UUID and the extension of the type',
    },
    {
      what: 'a file replaces no other: the same one twice',
      send: () => [send(file('a.txt')), send(file('a.txt'))],
      answer: '201',
      stores: 1,
      why: 'each gets a key of its own',
    },
    {
      what: 'file modes: an upload to local disk',
      send: () => send(file('a.sh', '#!/bin/sh\n', 'application/x-sh')),
      answer: '201',
      stores: 1,
      only: 'local',
      see: async (reply, { root }) => {
        const { mode } = await stat(join(root, 'documents', 'users', 'ann', uploadedBy(reply).key));
        if ((mode & 0o777) !== 0o600) throw new Error(`Its mode is ${(mode & 0o777).toString(8)}`);
      },
      why: 'mode 0600: nobody else reads it, nobody runs it',
    },
    {
      what: 'no folder of a web server: paths of the root (`/documents/…`, `/.stowage/…`, `/users/…`)',
      send: () =>
        [
          '/documents/users/ann/mine.txt',
          '/.stowage/meta',
          '/users/ann/mine.txt',
          '/api/.stowage/tmp',
          '/mine.txt',
        ].map((target) => asAnn('GET', target)),
      answer: '404',
      why: 'objects are where the routes are, and nowhere else',
    },
    {
      what: 'CSRF: a form of another site for JSON (`text/plain`, `application/x-www-form-urlencoded`)',
      send: () =>
        ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=XX'].map((type) =>
          asAnn(
            'POST',
            '/api/documents/presign',
            { 'Content-Type': type, Origin: 'https://evil.example', Cookie: 'session=x' },
            '{"method":"DELETE","key":"mine.txt","x":"="}',
          ),
        ),
      answer: '415 TYPE_REFUSED',
      why: 'a browser sends JSON to another site only where CORS allows it',
    },
    {
      what: 'CSRF: a form of another site that uploads, with a cookie and no user',
      send: () =>
        request(
          'POST',
          '/api/documents/upload',
          {
            'Content-Type': 'multipart/form-data; boundary=XX',
            Origin: 'https://evil.example',
            Cookie: 'session=x',
          },
          form([file('a.txt')]),
        ),
      answer: '403 FORBIDDEN',
      why: 'a cookie means nothing here unless your `principal` reads it: then check the `Origin`',
    },
    {
      what: 'a limit of downloads: `?download=1` of an image',
      send: () => upload(form([file('a.png', CONTENT.PNG, 'image/png')]), { target: '/api/images/upload' }),
      answer: '201',
      stores: 1,
      see: async (reply, world) => {
        const { headers } = await readAgain(reply, world, '?download=1');
        if (!headers['content-disposition']?.startsWith('attachment')) throw new Error('It is shown');
      },
      why: 'as an attachment, because it is asked for; how often is for your limits of rate',
    },
    {
      what: 'caches: an object of a user',
      send: () => asAnn('GET', '/api/documents/objects/mine.txt'),
      answer: '200',
      see: ({ headers }) => {
        if (!headers['cache-control']?.includes('private'))
          throw new Error(`It is ${headers['cache-control']}`);
      },
      why: '`private, no-cache`: no shared cache keeps it',
    },
    {
      what: 'caches: lists, signed URLs and errors',
      send: () => [
        asAnn('GET', '/api/documents/objects'),
        {
          ...asAnn(
            'POST',
            '/api/documents/presign',
            { 'Content-Type': 'application/json' },
            '{"method":"GET","key":"mine.txt"}',
          ),
        },
        { ...asAnn('GET', '/api/documents/objects/none'), answer: '404 NOT_FOUND' },
      ],
      answer: '200',
      see: ({ headers }) => {
        if (headers['cache-control'] !== 'no-store') throw new Error(`It is ${headers['cache-control']}`);
      },
      why: '`no-store`',
    },
  ],
};
