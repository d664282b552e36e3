import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced block of a page. */
export interface Block {
  /** The path of its page from the project's root. */
  readonly page: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language: `run` for an example that a test runs. */
  readonly flags: readonly string[];
  readonly code: string;
}

/** A page of the documentation. */
export interface Page {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The targets of its links. */
  readonly links: readonly string[];
  /** What can stand behind `#` in a link to it. */
  readonly anchors: ReadonlySet<string>;
}

/** README.md and the pages of docs/. */
export const pages: readonly Page[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
].map(readPage);

/** The page at `path`, from the project's root. */
export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = blocksOf(path, text);
  const prose = text.replace(/^(```+).*\n[\s\S]*?^\1$/gm, '');
  const links = [...prose.replace(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
  const anchors = new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => slug(title)));
  return { path, text, blocks, links, anchors };
}

/** What is wrong with the links of `page`: files that are not there, headings that no page has. */
export function brokenLinks(page: Page): string[] {
  return page.links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#', 2);
      const target = path === '' ? page.path : join(dirname(page.path), path);
      if (target.startsWith('..') || !existsSync(join(root, target))) return true;
      return anchor !== undefined && !readPage(target).anchors.has(anchor);
    })
    .map((link) => `${page.path}: ${link}`);
}

function blocksOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly line: number; readonly info: string; readonly code: string[] } | undefined;
  text.split('\n').forEach((content, index) => {
    const fence = /^```(.*)$/.exec(content);
    if (!fence) open?.code.push(content);
    else if (!open) open = { line: index + 2, info: fence[1] ?? '', code: [] };
    else {
      const [language = '', ...flags] = open.info.trim().split(/\s+/);
      blocks.push({ page, line: open.line, language, flags, code: `${open.code.join('\n')}\n` });
      open = undefined;
    }
  });
  if (open) throw new Error(`${page}: the block of line ${open.line} has no end`);
  return blocks;
}

/** As GitHub makes them of headings. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
