import type { Api, StoredObject } from './api.js';
import { element } from './element.js';
import { bytes, when } from './format.js';

/** The table of what a storage has. */
export class List {
  private storage = '';
  private cursor: string | undefined;
  /** A list that was asked for later makes this one old. */
  private asked = 0;
  private readonly rows = element('rows', HTMLTableSectionElement);
  private readonly empty = element('empty', HTMLParagraphElement);
  private readonly more = element('more', HTMLButtonElement);

  /** @param say Tells who looks, and who listens. @param failed Shows an error. */
  constructor(
    private readonly api: Api,
    private readonly say: (text: string) => void,
    private readonly failed: (error: unknown) => void,
  ) {
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
    await this.load(undefined);
  }

  private async load(cursor: string | undefined): Promise<void> {
    const asked = ++this.asked;
    const { storage } = this;
    try {
      const page = await this.api.list(storage, cursor);
      if (asked !== this.asked) return;
      const rows = page.objects.map((object) => this.row(storage, object));
      if (cursor === undefined) this.rows.replaceChildren(...rows);
      else this.rows.append(...rows);
      this.cursor = page.cursor;
      this.more.hidden = page.cursor === undefined;
      this.empty.hidden = this.rows.children.length > 0;
    } catch (error) {
      if (asked !== this.asked) return;
      if (cursor === undefined) this.rows.replaceChildren();
      this.failed(error);
    }
  }

  private row(storage: string, object: StoredObject): HTMLTableRowElement {
    const row = document.createElement('tr');
    const cells = [object.key, bytes(object.size), when(object.lastModified)].map((text) => {
      const cell = document.createElement('td');
      cell.textContent = text;
      return cell;
    });
    cells[1]?.classList.add('number');
    const actions = document.createElement('td');
    actions.append(
      this.button('Download', object.key, () => this.download(storage, object.key)),
      this.button('Link', object.key, () => this.share(storage, object.key)),
      this.button('Delete', object.key, () => this.remove(storage, object.key, row)),
    );
    row.append(...cells, actions);
    return row;
  }

  private button(name: string, key: string, work: () => Promise<void>): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.setAttribute('aria-label', `${name} ${key}`);
    button.addEventListener('click', () => {
      button.disabled = true;
      work()
        .catch(this.failed)
        .finally(() => (button.disabled = false));
    });
    return button;
  }

  /** By a signed URL, because a link carries no token. */
  private async download(storage: string, key: string): Promise<void> {
    const { url } = await this.api.link(storage, key, 60);
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = key.split('/').at(-1) ?? '';
    anchor.click();
  }

  private async share(storage: string, key: string): Promise<void> {
    const seconds = Number(element('expiry', HTMLSelectElement).value);
    const { url, expiresAt } = await this.api.link(storage, key, seconds);
    element('link', HTMLInputElement).value = url;
    const until = element('link-until', HTMLTimeElement);
    until.dateTime = expiresAt;
    until.textContent = when(expiresAt);
    element('link-dialog', HTMLDialogElement).showModal();
  }

  private async remove(storage: string, key: string, row: HTMLTableRowElement): Promise<void> {
    element('delete-key', HTMLParagraphElement).textContent = key;
    const dialog = element('delete-dialog', HTMLDialogElement);
    dialog.returnValue = '';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    if (dialog.returnValue !== 'delete') return;
    await this.api.remove(storage, key);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.empty.hidden = this.rows.children.length > 0;
    // The button that had the focus is gone.
    (next?.querySelector('button') ?? element('files', HTMLHeadingElement)).focus();
    this.say(`${key} is deleted.`);
  }
}
