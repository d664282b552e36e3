import { STORAGE_NAMES } from './served.js';
import { reachable, type ListenAddress } from './listen-address.js';

/** What the server says when it has started: its URLs, and a line to try it with. */
export function welcome({ host, port }: ListenAddress, users: readonly string[]): string {
  const url = `http://${reachable(host)}:${port}`;
  const [user] = users;
  const header = user === undefined ? '' : ` -H 'Authorization: Bearer <token of ${user}>'`;
  return [
    `Storages:      ${STORAGE_NAMES.map((name) => `${url}/api/${name}`).join('  ')}`,
    `Page:          ${url}/`,
    `Documentation: ${url}/docs`,
    `Health:        ${url}/api/v1/storage/health`,
    users.length === 0
      ? 'Everybody on this machine is the user "demo": set API_TOKENS=user:token to change that.'
      : `Users:         ${users.join(', ')}`,
    'Try:',
    `  echo hello | curl -sS${header} -F 'file=@-;filename=hello.txt;type=text/plain' ${url}/api/documents/upload`,
  ].join('\n');
}
