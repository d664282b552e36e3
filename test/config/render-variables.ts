import type { Variable, VariableGroup } from '../../src/config/variable.js';
import { VARIABLES } from '../../src/config/variables.js';

const TITLES: Readonly<Record<VariableGroup, string>> = {
  storage: 'Every provider',
  local: 'Local disk',
  s3: 'S3',
  minio: 'MinIO',
  remote: 'Connections to S3 and MinIO',
  uploads: 'Uploads over HTTP',
};

/** What only `src/app` reads: docs/http.md has its variables. */
const SERVER = [
  '## The reference server',
  '',
  '# The ClamAV daemon that scans each upload: its host and port, or its socket, not both.',
  '# When not set: none is scanned.',
  'CLAMD_HOST=',
  'CLAMD_PORT=',
  'CLAMD_SOCKET=',
  '',
];

const groups = Object.entries(TITLES).map(([group, title]) => ({
  title,
  variables: Object.entries<Variable<unknown>>(VARIABLES).filter(([, one]) => one.group === group),
}));

const later = ({ active = true }: Variable<unknown>): string => (active ? '' : ' Not acted upon yet.');
const missing = ({ default: value, otherwise }: Variable<unknown>): string | undefined => value ?? otherwise;

/** What `.env.example` has to be. */
export function renderEnvExample(): string {
  const lines = groups.flatMap(({ title, variables }) => [
    `## ${title}`,
    ...variables.flatMap(([name, one]) => {
      const unset = missing(one);
      return [
        '',
        `# ${one.doc}${later(one)}`,
        `# Takes ${one.allowed}.${unset === undefined ? '' : ` When not set: ${unset}.`}`,
        `${name}=${one.example}`,
      ];
    }),
    '',
  ]);
  return [
    '# Copy to .env. Every variable may be left out; an empty value counts as not set.',
    '# docs/configuration.md has the rules that concern several variables.',
    '',
    ...lines,
    ...SERVER,
  ].join('\n');
}

/** The tables that docs/configuration.md has to have, by their titles. */
export function renderTables(): ReadonlyMap<string, string> {
  return new Map(
    groups.map(({ title, variables }) => [
      title,
      [
        '| variable | what it is | takes | when not set |',
        '|---|---|---|---|',
        ...variables.map(([name, one]) => {
          const unset = missing(one) ?? '';
          const secret = one.secret ? ' Secret.' : '';
          const shown = one.default === undefined ? unset : `\`${unset}\``;
          return `| \`${name}\` | ${one.doc}${secret}${later(one)} | ${one.allowed} | ${shown} |`;
        }),
      ].join('\n'),
    ]),
  );
}
