import '@uppy/core/css/style.min.css';
import '@uppy/dashboard/css/style.min.css';
import './style.css';
import { Api, Refusal } from './api.js';
import { element } from './element.js';
import { List } from './list.js';
import { uploads } from './uploads.js';

const STORAGES = ['documents', 'audio', 'images'];
const TOKEN = 'stowage-token';

const api = new Api();
const message = element('message', HTMLParagraphElement);
const token = element('token', HTMLInputElement);
const say = (text: string): void => void (message.textContent = text);
const failed = (error: unknown): void => {
  if (error instanceof Refusal && error.status === 401)
    element('token-field', HTMLLabelElement).hidden = false;
  say(error instanceof Error ? error.message : String(error));
};

let chosen = STORAGES[0] ?? '';
const list = new List(api, say, failed);
const upload = uploads(
  api,
  { dashboard: element('dashboard', HTMLDivElement), speed: element('speed', HTMLParagraphElement) },
  (storage) => {
    if (storage === chosen) void list.show(storage);
  },
  failed,
);

function choose(storage: string): void {
  chosen = storage;
  upload.choose(storage);
  say('');
  void list.show(storage);
}

const fieldset = element('storages', HTMLFieldSetElement);
for (const storage of STORAGES) {
  const label = document.createElement('label');
  const radio = Object.assign(document.createElement('input'), {
    type: 'radio',
    name: 'storage',
    value: storage,
    checked: storage === chosen,
  });
  radio.addEventListener('change', () => choose(storage));
  label.append(radio, ` ${storage}`);
  fieldset.append(label);
}

// For this tab alone: it ends with it.
token.value = api.token = sessionStorage.getItem(TOKEN) ?? '';
token.addEventListener('change', () => {
  api.token = token.value.trim();
  sessionStorage.setItem(TOKEN, api.token);
  choose(chosen);
});
element('settings', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
choose(chosen);
