import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { built } from '../support/built.ts';
import { longMs, until } from '../support/until.ts';

/** Chromium of the distribution, as `npm test` installs it. */
function chromiumPath(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  if (found === undefined) throw new Error('There is no chromium on the PATH; npm test installs it.');
  return found;
}

export function launch(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: chromiumPath(), args: asRoot ? ['--no-sandbox'] : [] });
}

/** The playground as a person starts it. */
export interface Played {
  /** The first address that it printed. */
  url: string;
  stop(): Promise<void>;
}

export async function startPlay(): Promise<Played> {
  const { REDIS_URL: _redis, LOG_LEVEL: _level, PORT_PAGE: _port, ...env } = process.env;
  const { play } = await built();
  const child = spawn(process.execPath, [play], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await until('it prints an address', () => {
    if (child.exitCode !== null) throw new Error(output);
    return /https?:\S+/.exec(output)?.[0];
  });
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** What a page did that it should not have, and what it loaded. */
export interface Watch {
  /** Errors and warnings of the console, faults of scripts, answers of 400 and above. */
  complaints: string[];
  hosts: Set<string>;
  /** Paths of everything that was loaded, without events and questions. */
  loaded: Set<string>;
}

/** Watches a page from before it loads. */
export function watch(page: Page, into: Watch): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) into.complaints.push(message.text());
  });
  page.on('pageerror', (fault) => into.complaints.push(fault.message));
  page.on('request', (request) => {
    const { host, pathname } = new URL(request.url());
    into.hosts.add(host);
    if (pathname !== '/events' && !pathname.startsWith('/api/')) into.loaded.add(pathname);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) into.complaints.push(`${response.status()} ${response.url()}`);
  });
}

/** The hands and eyes of whoever sits before the page. */
export class Sitter {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  /** Opens it again and waits until the first message is there. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.page.locator('.message').first().waitFor();
  }

  async be(name: string): Promise<void> {
    await this.page.locator(`input[name=me][value=${name}]`).check({ force: true });
  }

  async closeThread(): Promise<void> {
    const cross = this.page.getByRole('button', { name: 'Close the thread' });
    if (await cross.isVisible()) await cross.click();
  }

  async says(text: string): Promise<void> {
    await this.page.locator('#composer').fill(text);
    await this.page.locator('#composer').press('Enter');
  }

  /** The newest button in the channel that does this; `on`: words of its message, where an older one may stand still. */
  button(action: string, on = ''): Locator {
    return this.page
      .locator('.channel .message', { hasText: on })
      .locator(`[data-action="${action}"]`)
      .last();
  }

  /** The open dialog. */
  dialog(): Locator {
    return this.page.locator('dialog[open]');
  }

  lever(row: string, name: string): Locator {
    return this.page.getByRole('group', { name: row }).getByRole('button', { name, exact: true });
  }

  /** A message that shows these words; the newest. */
  message(words: string | RegExp): Locator {
    return this.page.locator('.channel .message', { hasText: words }).last();
  }

  /** The record as the page shows it. */
  async record(): Promise<Shown> {
    const json = await this.page.locator('.record pre').textContent();
    return (JSON.parse(json ?? '{}') as { record: Shown }).record;
  }

  async until(what: string, holds: (record: Shown) => boolean): Promise<void> {
    await until(what, async () => holds(await this.record()), longMs, 50);
  }

  /** A property of the element that has the focus. */
  async focused(property: 'textContent' | 'className'): Promise<string> {
    return String(await this.page.evaluate(`document.activeElement.${property}`)).trim();
  }

  async style(selector: string, property: string): Promise<string> {
    const found = `document.querySelector(${JSON.stringify(selector)})`;
    return String(
      await this.page.evaluate(`getComputedStyle(${found}).getPropertyValue(${JSON.stringify(property)})`),
    );
  }

  /** Presses Tab until this has the focus. Throws when it never has. */
  async tabTo(target: Locator, key = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 80; presses += 1) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await this.page.keyboard.press(key);
    }
    throw new Error(`Tab never came to ${String(target)}`);
  }

  /** Everything healthy, nothing staged, nothing locked. By the page's own questions, as fast as they are answered. */
  async calm(): Promise<void> {
    const what = ({ state, lock, request }: Shown) => JSON.stringify([state, lock, request]);
    for (const color of ['blue', 'green']) await this.ask('lever', { name: 'fix', color });
    for (;;) {
      const before = await this.record();
      const { state, lock } = before;
      if (state === 'staged') await this.types('U0ANN', 'cancel demo');
      else if (state === 'baking') await this.types('U0DAN', 'settle demo --force next test');
      else if (state === 'idle' && lock) await this.types('U0ANN', 'unlock demo');
      else if (state === 'idle') return;
      // Not twice: the second would hit what comes next.
      await this.until('one thing less is under way', (now) => what(now) !== what(before));
    }
  }

  /** This version bakes on green: it does so already, or is promoted by the page's own questions. */
  async bakes(version: string): Promise<void> {
    const has = ({ state, live, releases: [newest] }: Shown) =>
      state === 'baking' && live === 'green' && newest?.version === version;
    if (has(await this.record())) return;
    await this.calm();
    await this.types('U0ANN', `stage demo ${version}`);
    await this.until(`${version} is staged`, ({ state }) => state === 'staged');
    await this.types('U0ANN', 'promote demo');
    await this.until('approval is asked for', ({ request }) => request?.status === 'open');
    await this.types('U0CLEO', 'approve demo');
    await this.until(`${version} bakes`, has);
  }

  /** A slash command of this person, by the page's own question. */
  private async types(person: string, text: string): Promise<void> {
    await this.ask('say', { person, channel: 'C0RELEASES', text: `/release ${text}` });
  }

  private async ask(name: string, body: object): Promise<void> {
    await this.page.evaluate(
      async ([path, text]) => {
        const headers = { 'content-type': 'application/json' };
        await fetch(path, { method: 'POST', headers, body: text });
      },
      [`/api/${name}`, JSON.stringify(body)] as const,
    );
  }
}

/** The parts of the record that the tests look at. */
export interface Shown {
  state: string;
  live: string;
  sequence: number;
  lock: object | null;
  request: { status: string } | null;
  bake: { verdict: string } | null;
  releases: { status: string; version: string }[];
}
