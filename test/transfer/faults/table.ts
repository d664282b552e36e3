import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../../docs/faults.md', import.meta.url), 'utf8');

/** A row of a table of the page: how a transfer ends, by the step in which it meets `name`. */
export interface TableRow {
  readonly name: string;
  /** Only of the steps in which it is tried. */
  readonly endings: Readonly<Record<string, string>>;
}

/** The rows below the heading `title` in docs/faults.md: the page is what the tests hold to be right. */
export function tableBelow(title: string): readonly TableRow[] {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  const [text = ''] = section.split('\n## ');
  const [head = [], , ...rows] = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1).map(plain));
  return rows.map(([name = '', ...cells]) => ({
    name,
    endings: Object.fromEntries(
      cells.map((cell, at) => [head[at + 1] ?? '', cell]).filter(([, cell]) => cell !== '–'),
    ) as Record<string, string>,
  }));
}

const plain = (cell: string): string => cell.replaceAll('`', '').trim();
