import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Done, PageMessage, Told } from '../../packages/playground/src/page/api.ts';
import { recordIn } from '../slack/cards/record.ts';
import { until } from '../support/until.ts';
import { launch } from './browser.ts';
import { messagesOf, startToldPage, workspace } from './told-page.ts';
import type { ToldPage } from './told-page.ts';

const levers: Told['levers'] = {
  colors: { blue: { version: 'v1', ailment: null }, green: { version: 'v0', ailment: null } },
  database: 'up',
  router: { live: 'blue', unreachable: false },
  slack: 'up',
  bot: 'running',
  killInPromote: false,
  storage: 'in memory',
};
const plain = (text: string) => ({ type: 'plain_text', text });
const button = (id: string) => ({ type: 'button', action_id: id, text: plain(id) });
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
/** A card whose buttons are last. */
const card = (buttons: string[], ...lines: string[]): Partial<PageMessage> => ({
  blocks: [...lines.map(section), { type: 'actions', elements: buttons.map(button) }],
});
const older = Array.from({ length: 30 }, (_, i) => ({ text: `older ${i}` }));

let browser: Browser;
let page: Page;
let told: ToldPage;
let messages: Partial<PageMessage>[];

beforeAll(async () => {
  [browser, told] = await Promise.all([launch(), startToldPage()]);
});
afterAll(async () => {
  await browser.close();
  await told.close();
});
beforeEach(async () => {
  told.reset();
  told.tell('workspace', workspace);
  told.tell('levers', levers);
  told.tell('record', {
    record: recordIn('idle', { live: 'blue', releases: [] }) as never,
    lease: null,
    pendingRevert: null,
  });
  messages = older;
  say(card(['Promote'], 'ready'));
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(10_000);
});
afterEach(() => page.close());

/** The bot posts these. */
function say(...more: Partial<PageMessage>[]): void {
  messages = [...messages, ...more];
  told.tell('messages', messagesOf(messages));
}

async function open(): Promise<void> {
  await page.goto(told.url);
  await page.locator('.message').last().waitFor();
}

/** Whether all of it is on the screen. */
async function isOnScreen(selector: string): Promise<boolean> {
  const box = await page.locator(selector).last().boundingBox();
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  return box !== null && box.y >= 0 && box.y + box.height <= height && box.x + box.width <= width;
}

const press = () => page.getByRole('button', { name: 'Promote', exact: true });
const presses = () => told.asked.filter(({ name }) => name === 'press').map(({ body }) => body);

describe('the page on a small screen', () => {
  it.each([
    [390, 844],
    [360, 640],
    [768, 1024],
  ])('of %i × %i shows the tour, the newest buttons and the line to type in', async (width, height) => {
    await page.setViewportSize({ width, height });
    await open();
    const all = ['.tour .act', '.message [data-action]', '#composer', '.composer .primary'];
    for (const each of all) expect([each, await isOnScreen(each)]).toEqual([each, true]);
    expect(await page.locator('.tour .text').innerText()).toContain('Two colors run the service');
    say(card(['Approve'], 'asks', 'for', 'approval'));
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    for (const each of all) expect([each, await isOnScreen(each)]).toEqual([each, true]);
    const list = await page.locator('.messages').boundingBox();
    expect(list?.height).toBeGreaterThan(height * 0.35);

    // What the step says can be folded; what it would do stays.
    await page.getByRole('button', { name: 'What this step is about' }).click();
    expect(await page.locator('.tour .text').isVisible()).toBe(false);
    expect((await page.locator('.messages').boundingBox())?.height).toBeGreaterThan(list?.height ?? 0);
    for (const each of all) expect([each, await isOnScreen(each)]).toEqual([each, true]);

    // The rest stands below the first screen, and covers none of it.
    const beside = await page.locator('.beside').boundingBox();
    expect(beside?.y).toBe(height);
    const lever = page.getByRole('group', { name: 'Green' }).getByRole('button', { name: 'Fail' });
    await lever.click();
    expect((await lever.boundingBox())?.height).toBeGreaterThanOrEqual(36);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it('keeps the numbers of the chart and its legend apart', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open();
    const chart = await page.locator('.chart').boundingBox();
    const legend = await page.locator('.rates').boundingBox();
    expect((legend?.y ?? 0) - (chart?.y ?? 0) - (chart?.height ?? 0)).toBeGreaterThanOrEqual(6);
  });
});

describe('a press on the page', () => {
  it('is not lost when the channel changes between press and release', async () => {
    await open();
    const other = await browser.newPage();
    await other.goto(told.url);
    await press().hover();
    await page.mouse.down();
    say({ text: 'a newer message' }, { text: 'and one more' });
    // It has reached this page too by now, or does before the release; either way nothing moves below the pointer.
    await other.getByText('and one more').waitFor();
    expect(await page.getByText('a newer message').count()).toBe(0);
    await page.mouse.up();
    await until('it is pressed', () => presses().length === 1);
    expect(presses()[0]).toMatchObject({ action: 'Promote' });
    await page.getByText('a newer message').waitFor();
    await other.close();
  });

  it('finds the same button when the card got another line above it', async () => {
    await open();
    const before = await press().elementHandle();
    messages = messages.slice(0, -1);
    say(card(['Promote'], 'ready', 'and healthy'));
    await page.getByText('and healthy').waitFor();
    expect(await before?.evaluate((element) => element.isConnected)).toBe(true);
    expect(await press().count()).toBe(1);
  });

  it('counts while another one is not answered yet; the same one counts once', async () => {
    say(card(['Acknowledge', 'Revert'], 'failing'));
    let go: (done: Done) => void = () => {};
    told.answer = () => new Promise((resolve) => (go = resolve));
    await open();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('button', { name: 'Revert' }).click();
    await until('both are asked', () => presses().length === 2);
    expect(presses()).toMatchObject([{ action: 'Acknowledge' }, { action: 'Revert' }]);
    go({ ok: true });
  });
});

describe('the line to type in', () => {
  const field = () => page.locator('#composer');
  const wrong = () => page.locator('.composer .wrong');

  it('scrolls to the newest message when something is sent', async () => {
    await open();
    const list = page.locator('.channel .log');
    await list.evaluate((element) => (element.scrollTop = 0));
    await until('it is at the top', () => list.evaluate((element) => element.scrollTop === 0));
    say({ text: 'somebody else' });
    await page.getByRole('button', { name: 'Newer messages' }).waitFor();
    expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
    await field().fill('/release status demo');
    await field().press('Enter');
    say({ text: 'the answer', onlyFor: 'U0ANN' });
    await page.getByText('the answer').waitFor();
    await until('it is seen', () => isOnScreen('.message'));
    await page.getByRole('button', { name: 'Newer messages' }).waitFor({ state: 'detached' });
  });

  it('keeps what is too long, and what was not taken', async () => {
    await open();
    await field().fill('x'.repeat(5_000));
    await field().press('Enter');
    await wrong().getByText('At most 4,000 characters; these are 5,000.').waitFor();
    expect(await field().inputValue()).toHaveLength(5_000);
    expect(told.asked).toEqual([]);

    told.answer = () => ({ ok: false, error: '/relaese is not a valid command.' });
    await field().fill('/relaese status');
    await field().press('Enter');
    await wrong().getByText('is not a valid command').waitFor();
    expect(await field().inputValue()).toBe('/relaese status');
  });

  it('takes back what it said of a dead bot when the bot runs again', async () => {
    told.tell('levers', { ...levers, bot: 'dead' });
    told.answer = () => ({ ok: false, error: '/release failed with the error "dispatch_failed"' });
    await open();
    await field().fill('/release status');
    await field().press('Enter');
    await wrong().getByText('dispatch_failed').waitFor();
    told.tell('levers', levers);
    await until('it is taken back', async () => (await wrong().innerText()) === '');
    expect(await field().inputValue()).toBe('/release status');
  });

  it('says below the commands which keys choose, however many there are', async () => {
    const commands = Array.from({ length: 40 }, (_, i) => ({
      usage: `/release verb${i}`,
      summary: 'does it',
      example: '',
    }));
    told.tell('workspace', { ...workspace, commands });
    await open();
    await field().fill('/');
    await page.getByText('Tab completes').waitFor();
    expect(await isOnScreen('.hints .keys')).toBe(true);
  });
});

describe('the chart', () => {
  const now = Date.now();
  const point = (secondsAgo: number, errors = 0): Told['traffic'] => ({
    at: now - secondsAgo * 1_000,
    answered: [{ color: 'green', version: 'v3', perSecond: 20 - errors, shade: 1 }],
    errorsPerSecond: errors,
  });

  it('begins with what was there before the page was opened, in the shade that a version has', async () => {
    told.tell('past', {
      traffic: [point(60), point(30), point(1)],
      switched: [{ at: now - 50_000, to: 'green v3' }],
    });
    await open();
    const legend = page.locator('.rates li', { hasText: 'green v3' });
    await legend.getByText('20/s').waitFor();
    expect(await legend.locator('.swatch').getAttribute('class')).toContain('shade-green-1');
    await page.getByText(/switched to green v3 at/).waitFor();
  });

  it('hatches errors, so that a reader can recognize them without color', async () => {
    const traffic = Array.from({ length: 40 }, (_, i) => point(60 - i, 20));
    told.tell('past', { traffic, switched: [] });
    await open();
    await page.locator('.rates .bad').waitFor();
    const shown = () =>
      page.evaluate(`(() => {
        const canvas = document.querySelector('.chart canvas');
        const { data } = canvas.getContext('2d').getImageData(canvas.width * 0.8, canvas.height * 0.6, 30, 12);
        const pixels = Array.from({ length: data.length / 4 }, (_, at) => data[4 * at + 1] > 160 ? 'light' : 'red');
        return ['light', 'red'].map((name) => pixels.filter((each) => each === name).length / pixels.length);
      })()`) as Promise<[number, number]>;
    await until('it is drawn', async () => (await shown())[0] > 0);
    for (const share of await shown()) expect(share).toBeGreaterThan(0.2);
  });
});

describe('the words of the page', () => {
  it('are those of a person, and leave the numbers of the record to its JSON', async () => {
    await open();
    const record = page.locator('.record dl');
    expect(await record.innerText()).toMatch(/Release\s+none under way/);
    expect(await page.locator('.record').innerText()).not.toMatch(/epoch|revision|idle/i);
    expect(await page.locator('.record pre').textContent()).toContain('"epoch"');
    const all = await page.locator('.levers').innerText();
    for (const word of ['healthy', 'Fix', 'hover for details', 'Unreachable', 'Kill during next promote'])
      expect(all).toContain(word);
    expect(await page.locator('.link-state').innerText()).toBe('connected');
  });

  it('say in the tour what is in the way of a new version', async () => {
    const green = { version: 'v0', ailment: 'fail' as const };
    told.tell('levers', { ...levers, colors: { ...levers.colors, green } });
    await open();
    await page.locator('.tour').getByText('green is broken').waitFor();
    expect(await page.locator('.tour .act').innerText()).toContain('fix green');
  });

  it('lead past the channel with the keyboard, and are light enough to be read', async () => {
    await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('the line has the focus', () =>
      page.locator('#composer').evaluate((field) => field === field.ownerDocument.activeElement),
    );
    await page.getByRole('log', { name: 'Messages in #releases' }).getByRole('list').waitFor();
    const [placeholder, muted] = (await page.evaluate(`[['#composer', '::placeholder'], ['.muted']].map(
      ([selector, part]) => getComputedStyle(document.querySelector(selector), part).color)`)) as string[];
    expect(placeholder).toBe(muted);
  });
});
