import type { Api, StoredObject } from './api.js';
import { element } from './element.js';
import { bytes, when } from './format.js';
import { lastOf, Names } from './names.js';

/** A file of the list. Its name is that of the key, until another is known. */
interface Listed {
  readonly storage: string;
  readonly key: string;
  name: string;
}

/** The table of what a storage has. */
export class List {
  private storage = '';
  private cursor: string | undefined;
  /** A list that was asked for later makes this one old. */
  private asked = 0;
  /** Lists that were asked for and have not come. */
  private awaited = 0;
  /** Rows that were made: each has an id. */
  private made = 0;
  private readonly names: Names;
  private readonly rows = element('rows', HTMLTableSectionElement);
  private readonly empty = element('empty', HTMLParagraphElement);
  private readonly more = element('more', HTMLButtonElement);

  /** @param say Tells who looks, and who listens. @param failed Shows an error. */
  constructor(
    private readonly api: Api,
    private readonly say: (text: string) => void,
    private readonly failed: (error: unknown) => void,
  ) {
    this.names = new Names(api);
    element('refresh', HTMLButtonElement).addEventListener('click', () => void this.show(this.storage));
    this.more.addEventListener('click', () => void this.load(this.cursor));
    const link = element('link', HTMLInputElement);
    link.addEventListener('focus', () => link.select());
    element('copy', HTMLButtonElement).addEventListener('click', () => {
      navigator.clipboard.writeText(link.value).then(
        () => this.say('The link is copied.'),
        () => link.select(),
      );
    });
  }

  /** Shows `storage` from its beginning. */
  async show(storage: string): Promise<void> {
    this.storage = storage;
    // Where the list before it goes on is no place of this one.
    this.goesOn(undefined);
    await this.load(undefined);
  }

  private async load(cursor: string | undefined): Promise<void> {
    const asked = ++this.asked;
    const { storage } = this;
    this.awaited++;
    try {
      const page = await this.api.list(storage, cursor);
      if (asked !== this.asked) return;
      if (cursor === undefined) this.clear();
      this.rows.append(...page.objects.map((object) => this.row(storage, object)));
      this.goesOn(page.cursor);
      this.empty.hidden = this.rows.children.length > 0;
    } catch (error) {
      if (asked !== this.asked) return;
      if (cursor === undefined) this.clear();
      this.failed(error);
    } finally {
      this.awaited--;
    }
  }

  private goesOn(cursor: string | undefined): void {
    this.cursor = cursor;
    this.more.hidden = cursor === undefined;
  }

  private clear(): void {
    this.names.forget();
    this.rows.replaceChildren();
  }

  private row(storage: string, object: StoredObject): HTMLTableRowElement {
    const row = document.createElement('tr');
    const file: Listed = { storage, key: object.key, name: lastOf(object.key) };
    const name = text('div', '');
    const key = text('div', object.key, 'key');
    key.id = `key-${++this.made}`;
    const title = text('th', '');
    title.scope = 'row';
    title.append(name, key);
    const actions = document.createElement('td');
    const buttons = [
      this.button('Download', key.id, () => this.download(file)),
      this.button('Link', key.id, () => this.share(file)),
      this.button('Delete', key.id, () => this.remove(file, row)),
    ];
    actions.append(...buttons);
    const show = (): void => {
      for (const button of buttons) button.setAttribute('aria-label', `${button.textContent} ${file.name}`);
    };
    show();
    row.append(
      title,
      text('td', bytes(object.size), 'number'),
      text('td', when(object.lastModified)),
      actions,
    );
    this.names.find(row, storage, object, (found) => {
      name.textContent = file.name = found;
      show();
    });
    return row;
  }

  /** @param describedBy The id of what tells files of one name apart. */
  private button(name: string, describedBy: string, work: () => Promise<void>): HTMLButtonElement {
    const button = text('button', name);
    button.type = 'button';
    button.setAttribute('aria-describedby', describedBy);
    button.addEventListener('click', () => {
      button.disabled = true;
      work()
        .catch(this.failed)
        .finally(() => (button.disabled = false));
    });
    return button;
  }

  /** By a signed URL, because a link carries no token. */
  private async download({ storage, key, name }: Listed): Promise<void> {
    const { url } = await this.api.link(storage, key, 60, name.slice(0, 255));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = name;
    anchor.click();
  }

  private async share({ storage, key, name }: Listed): Promise<void> {
    const seconds = Number(element('expiry', HTMLSelectElement).value);
    const { url, expiresAt } = await this.api.link(storage, key, seconds);
    element('link-name', HTMLElement).textContent = name;
    element('link', HTMLInputElement).value = url;
    const until = element('link-until', HTMLTimeElement);
    until.dateTime = expiresAt;
    until.textContent = when(expiresAt);
    element('link-dialog', HTMLDialogElement).showModal();
  }

  private async remove({ storage, key, name }: Listed, row: HTMLTableRowElement): Promise<void> {
    element('delete-name', HTMLParagraphElement).textContent = name;
    element('delete-key', HTMLParagraphElement).textContent = key;
    const dialog = element('delete-dialog', HTMLDialogElement);
    dialog.returnValue = '';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    if (dialog.returnValue !== 'delete') return;
    await this.api.remove(storage, key);
    // A list that was asked for meanwhile may still have it, whether it has come or not.
    if ((!row.isConnected || this.awaited > 0) && storage === this.storage) void this.show(storage);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.empty.hidden = this.rows.children.length > 0;
    // The button that had the focus is gone.
    (next?.querySelector('button') ?? element('files', HTMLHeadingElement)).focus();
    this.say(`${name} is deleted.`);
  }
}

function text<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  content: string,
  className?: string,
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.textContent = content;
  if (className !== undefined) made.className = className;
  return made;
}
