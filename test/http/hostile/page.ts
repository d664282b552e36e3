import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { idOf, type Answer, type HostileCase, type HostileList } from './hostile-case.js';
import { LISTS } from './lists.js';

const PAGE = fileURLToPath(new URL('../../../docs/security.md', import.meta.url));
const BEGIN = '<!-- What follows is written by `npm run docs:security`. -->';

/** docs/security.md as it stands. */
export const readPage = (): string => readFileSync(PAGE, 'utf8');

/** docs/security.md as the cases say it: what stands above the mark is written by hand. */
export function renderPage(page: string): string {
  const [prose = ''] = page.split(BEGIN);
  return [`${prose}${BEGIN}\n`, renderCounts(), ...LISTS.map(renderList)].join('\n');
}

export function writePage(): void {
  writeFileSync(PAGE, renderPage(readPage()));
}

function renderCounts(): string {
  const rows = LISTS.map(({ letter, title, cases }) => `| ${letter} | ${title} | ${cases.length} |`);
  const all = LISTS.reduce((sum, { cases }) => sum + cases.length, 0);
  return ['| | list | cases |', '|---|---|---|', ...rows, `| | all | ${all} |`, ''].join('\n');
}

function renderList(list: HostileList): string {
  const rows = list.cases.every(({ why }) => why === '')
    ? ['| answer | to |', '|---|---|', ...grouped(list)]
    : [
        '| | what is sent | answer | why |',
        '|---|---|---|---|',
        ...list.cases.map((one) => renderCase(list, one)),
      ];
  return [`### ${list.letter}. ${list.title}`, '', list.about, '', ...rows, ''].join('\n');
}

function renderCase(list: HostileList, one: HostileCase): string {
  const what = one.only === undefined ? one.what : `${one.what} (${ONLY[one.only]})`;
  return row([idOf(list, one), what, renderAnswer(one), one.why]);
}

const ONLY = { local: 'local disk', s3: 'S3', express: 'Express', fastify: 'Fastify' } as const;

/** A row for all that are answered alike. */
function grouped({ cases }: HostileList): string[] {
  const groups = new Map<string, string[]>();
  for (const one of cases) {
    const answer = renderAnswer(one);
    groups.set(answer, [...(groups.get(answer) ?? []), one.what]);
  }
  return [...groups].map(([answer, whats]) => row([answer, `${whats.length}: ${whats.join(', ')}`]));
}

/** What is stored, too, where something is. */
function renderAnswer({ answer, stores = 0 }: HostileCase): string {
  return `${answerText(answer)}${stores > 0 ? ', stored' : ''}`;
}

function answerText(answer: Answer): string {
  if (typeof answer === 'string') return `\`${answer}\``;
  if ('local' in answer) return `\`${answer.local}\`, on S3 \`${answer.s3}\``;
  return `Express \`${answer.express}\`, Fastify \`${answer.fastify}\``;
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
