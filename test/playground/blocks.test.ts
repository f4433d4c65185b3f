import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PageMessage, PageView } from '../../packages/playground/src/page/api.ts';
import { until } from '../support/until.ts';
import { launch } from './browser.ts';
import { messagesOf, startToldPage, workspace } from './told-page.ts';
import type { ToldPage } from './told-page.ts';

let browser: Browser;
let page: Page;
let told: ToldPage;

/** Shows the page with these messages and modals. */
async function show(messages: Partial<PageMessage>[], views: PageView[] = []): Promise<void> {
  told.reset();
  told.tell('workspace', workspace);
  told.tell('messages', messagesOf(messages));
  told.tell('views', views);
  await page.goto(told.url);
  await page.locator('.message').first().waitFor();
}

beforeAll(async () => {
  [browser, told] = await Promise.all([launch(), startToldPage()]);
});
afterAll(async () => {
  await browser.close();
  await told.close();
});
beforeEach(async () => {
  page = await browser.newPage();
  page.setDefaultTimeout(10_000);
});
afterEach(() => page.close());

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const plain = (text: string) => ({ type: 'plain_text', text });
const options = ['30 min', '1 h'].map((text) => ({ text: plain(text), value: text }));

describe('a message on the page', () => {
  it('shows each kind of block as what it is', async () => {
    await show([
      {
        blocks: [
          { type: 'header', text: plain('A *header*') },
          {
            type: 'section',
            text: mrkdwn('*bold* of <@U0ANN> and <!subteam^S0LEADS>'),
            fields: [mrkdwn('*one*'), mrkdwn('two')],
          },
          { type: 'divider' },
          { type: 'context', elements: [mrkdwn('_small_'), plain('plain')] },
          {
            type: 'section',
            text: mrkdwn('with'),
            accessory: { type: 'button', action_id: 'own', text: plain('Next to') },
          },
          { type: 'wondrous' },
        ],
      },
      { user: 'U0ANN', text: 'hello :tada:', edits: 1 },
    ]);
    const [card, line] = await page.locator('.message').all();
    expect(await card?.locator('h3').innerText()).toBe('A *header*');
    expect(await card?.locator('strong').allInnerTexts()).toEqual(['switchback', 'bold', 'one']);
    expect(await card?.locator('.mention').allInnerTexts()).toEqual(['@ann', '@leads']);
    expect(await card?.locator('.fields > div').count()).toBe(2);
    expect(await card?.locator('hr').count()).toBe(1);
    expect(await card?.locator('.context em').innerText()).toBe('small');
    expect(await card?.getByRole('button', { name: 'Next to' }).count()).toBe(1);
    expect(await card?.innerText()).toContain('a block of type wondrous');
    expect(await card?.locator('.badge').innerText()).toBe('APP');
    expect(await line?.innerText()).toMatch(/ann[\s\S]*hello 🎉 \(edited\)/);
  });

  it('draws a chart of Slack as lines, with a name and numbers for who does not see them', async () => {
    const data = (values: number[]) => values.map((value, at) => ({ label: `0:0${at}`, value }));
    await show([
      {
        blocks: [
          {
            type: 'data_visualization',
            title: 'Failed requests',
            chart: {
              type: 'line',
              series: [
                { name: 'green (live)', data: data([0, 50, 100]) },
                { name: 'blue (way back)', data: data([0, 0, 0]) },
              ],
              axis_config: { categories: ['0:00', '0:01', '0:02'], x_label: 'Minutes', y_label: '%' },
            },
          },
        ],
      },
    ]);
    const chart = page.locator('.line-chart');
    expect(
      await chart.locator('polyline').evaluateAll((all) => all.map((one) => one.getAttribute('points'))),
    ).toEqual(['30.0,92.0 221.0,50.0 412.0,8.0', '30.0,92.0 221.0,92.0 412.0,92.0']);
    expect(await chart.getByRole('img').getAttribute('aria-label')).toBe(
      'Failed requests. green (live): 0, 50, 100; blue (way back): 0, 0, 0',
    );
    expect(
      await chart.locator('polyline').evaluateAll((all) => all.map((one) => one.getAttribute('stroke'))),
    ).toEqual(['var(--green)', 'var(--blue)']);
    expect(await chart.innerText()).toMatch(/Failed requests[\s\S]*green \(live\)[\s\S]*Minutes/);
  });

  it('shows hostile text as text', async () => {
    const hostile = '<img src=x onerror=alert(1)> <script>alert(2)</script> <javascript:alert(3)|click>';
    const escaped = '&lt;img src=x onerror=alert(1)&gt; &lt;!here&gt; &lt;https://evil.example|x&gt;';
    await show([
      { text: hostile },
      {
        blocks: [
          { type: 'section', text: { ...mrkdwn(escaped), verbatim: true } },
          { type: 'header', text: plain(hostile) },
        ],
      },
    ]);
    const list = page.locator('.messages');
    expect(await list.locator('img, script, a, .mention').count()).toBe(0);
    expect(await list.innerText()).toContain('<img src=x onerror=alert(1)> <!here> <https://evil.example|x>');
    expect(await list.locator('h3').innerText()).toBe(hostile);
  });

  it('offers menus by mouse and by keyboard', async () => {
    const menu = { type: 'overflow', action_id: 'more', options };
    const choice = { type: 'static_select', action_id: 'pick', placeholder: plain('Silence'), options };
    await show([{ ts: '1.1', blocks: [{ type: 'actions', elements: [menu, choice] }] }]);
    await page.getByRole('button', { name: 'More actions' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const pressed = { person: 'U0ANN', channel: 'C0', ts: '1.1' };
    await until('it is pressed', () => told.asked.length === 1);
    expect(told.asked[0]).toEqual({ name: 'press', body: { ...pressed, action: 'more', option: '1 h' } });
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    const opener = page.getByRole('button', { name: 'Silence' });
    await opener.click();
    await page.getByRole('menuitem', { name: '30 min' }).click();
    await until('it is chosen', () => told.asked.length === 2);
    expect(told.asked[1]).toEqual({ name: 'press', body: { ...pressed, action: 'pick', option: '30 min' } });
    await opener.click();
    await opener.click();
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await opener.press('Enter');
    await page.keyboard.press('ArrowDown');
    expect(told.asked).toHaveLength(2);
    await page.keyboard.press('Enter');
    await until('it is chosen by the keyboard', () => told.asked.length === 3);
    expect(told.asked[2]).toEqual({ name: 'press', body: { ...pressed, action: 'pick', option: '1 h' } });
    expect(await opener.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
  });

  it('draws a button that leads somewhere as a link, unless it leads nowhere good', async () => {
    const link = (id: string, url: string) => ({ type: 'button', action_id: id, text: plain(id), url });
    const elements = [
      link('runbook', 'https://runbooks.example.com/high'),
      link('bad', 'javascript:alert(1)'),
    ];
    await show([{ ts: '1.1', blocks: [{ type: 'actions', elements }] }]);
    const runbook = page.getByRole('link', { name: 'runbook' });
    expect(await runbook.getAttribute('href')).toBe('https://runbooks.example.com/high');
    expect(await runbook.getAttribute('rel')).toBe('noopener noreferrer');
    expect(await page.locator('.messages a').count()).toBe(1);
    await page.context().route('https://runbooks.example.com/**', (route) => route.fulfill({ body: 'calm' }));
    const [opened] = await Promise.all([page.context().waitForEvent('page'), runbook.click()]);
    await opened.waitForURL('https://runbooks.example.com/high');
    await until('Slack is told', () => told.asked.length === 1);
    expect(told.asked[0]?.body).toMatchObject({ action: 'runbook' });
  });

  it('is seen by whom it is for, where it was said', async () => {
    await show([
      { ts: '1.1', threadTs: '1.1', text: 'parent' },
      { ts: '1.2', threadTs: '1.1', text: 'a reply' },
      { ts: '1.3', threadTs: '1.1', text: 'loud reply', broadcast: true },
      { ts: '1.4', text: 'for ann', onlyFor: 'U0ANN' },
      { ts: '1.5', text: 'for zoe', onlyFor: 'U0ZOE' },
      { ts: '1.6', channel: 'D0', text: 'to ann alone' },
    ]);
    const list = page.locator('.channel .messages');
    expect(await list.innerText()).toMatch(
      /parent[\s\S]*2 replies[\s\S]*a thread[\s\S]*loud reply[\s\S]*for ann/,
    );
    expect(await list.innerText()).not.toMatch(/a reply|for zoe|alone/);
    await page.getByRole('button', { name: 'Direct messages' }).click();
    expect(await list.innerText()).toMatch(/to ann alone/);
    await page.locator('input[value=zoe]').check({ force: true });
    expect(await list.innerText()).toMatch(/for zoe/);
    expect(await list.innerText()).not.toMatch(/for ann|alone/);
  });
});

describe('a modal on the page', () => {
  it('sends what stands in its fields, by block and action', async () => {
    const input = (id: string, element: object) => ({
      type: 'input',
      block_id: id,
      label: plain(id),
      element: { ...element, action_id: `${id}-a` },
    });
    await show(
      [{ text: 'x' }],
      [
        {
          id: 'V1',
          user: 'U0ANN',
          title: 'Choose',
          submit: 'Go',
          close: 'Leave',
          blocks: [
            input('why', { type: 'plain_text_input', initial_value: 'because' }),
            input('long', { type: 'plain_text_input', multiline: true }),
            input('time', { type: 'static_select', options }),
            input('how', { type: 'radio_buttons', options, initial_option: options[0] }),
          ],
          errors: { long: 'Too short.' },
        },
      ],
    );
    const modal = page.getByRole('dialog', { name: 'Choose' });
    expect(await modal.getByRole('alert').innerText()).toContain('Too short.');
    await modal.getByLabel('long').fill('a story');
    await modal.getByLabel('time').selectOption('1 h');
    await modal.getByRole('button', { name: 'Go' }).click();
    await until('it is sent', () => told.asked.length === 1);
    expect(told.asked[0]).toEqual({
      name: 'submit',
      body: {
        person: 'U0ANN',
        view: 'V1',
        values: {
          why: { 'why-a': 'because' },
          long: { 'long-a': 'a story' },
          time: { 'time-a': '1 h' },
          how: { 'how-a': '30 min' },
        },
      },
    });
    await page.keyboard.press('Escape');
    await until('it is closed', () => told.asked.length === 2);
    expect(told.asked[1]).toEqual({ name: 'close', body: { person: 'U0ANN', view: 'V1' } });
  });
});
