import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sitter, launch, startPlay, watch } from './browser.ts';
import type { Played, Watch } from './browser.ts';
import { longMs, until } from '../support/until.ts';

let seen: Watch;
let browser: Browser;
let played: Played;
let url: string;
let sitter: Sitter;

/** A playground that has just begun, and its page in a window of its own. */
async function begin(): Promise<void> {
  played = await startPlay();
  ({ url } = played);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  page.setDefaultTimeout(longMs);
  seen = { complaints: [], hosts: new Set(), loaded: new Set() };
  watch(page, seen);
  sitter = new Sitter(page);
  await sitter.open(url);
}

beforeAll(async () => {
  browser = await launch();
  await begin();
});
afterAll(async () => {
  await browser.close();
  await played.stop();
});
let failed = false;
beforeEach(async () => {
  // What a test left that failed half-way is no matter of the next: a dialog over everything, or a bot that is dead.
  if (failed) {
    await Promise.all([sitter.page.close(), played.stop()]);
    await begin();
  }
  await sitter.closeThread();
  await sitter.be('ann');
});
afterEach(({ task }) => {
  failed = task.result?.state === 'fail';
});

describe('the page of the playground', () => {
  it('leads through the tour to its end, by its own buttons alone', async () => {
    const { page } = sitter;
    const tour = page.getByRole('region', { name: 'Guided tour' });
    const act = tour.getByRole('button', { name: 'Do it for me' });
    // What a step is about is still to be read when it is done.
    const explained: Record<string, RegExp> = {
      'Stage a version': /while nobody uses it\.[\s\S]*Done\. It is staged/,
      'Promote it': /click bob or cleo at the top[\s\S]*Done\. Approved/,
      'Watch the bake': /bakes: for \d+ s[\s\S]*the way back\.[\s\S]*it settles[\s\S]*Done\. It is healthy/,
      'Break what both share': /asks both colors[\s\S]*Done\. “Both colors fail alike/,
      'Break only the live color':
        /Requests to green fail[\s\S]*Done\. The sentence has changed[\s\S]*unhealthy, and monitoring fires an alert/,
      Revert: /Revert asks once, and switches back[\s\S]*Done\. Traffic is back/,
      'Read the history': /the newest 10, or as many as they ask for[\s\S]*Done\./,
    };
    for (const step of Object.keys(explained)) {
      await tour.getByRole('heading', { name: step }).waitFor();
      if (step === 'Revert') await tour.getByText('the alert says which release it follows').waitFor();
      const next = tour.getByRole('button', { name: /^(Next|Finish)$/ });
      await until(
        `${step} is done`,
        async () => {
          const isDone = await next.isVisible();
          const answers = sitter.dialog().locator('footer .button');
          // A press that is not seen yet is offered again: what it asks then is a matter of the past.
          if ((await answers.count()) > 0) await (isDone ? answers.first() : answers.last()).click();
          else if (isDone) return true;
          else if ((await act.getAttribute('aria-disabled', { timeout: 500 })) === 'false')
            await act.click({ timeout: 5_000 });
          return false;
        },
        longMs,
        100,
      );
      expect(await tour.locator('.telling').innerText()).toMatch(explained[step] ?? /never/);
      await next.click();
    }
    await tour.getByText("That's the tour").waitFor();

    expect(await sitter.record()).toMatchObject({
      state: 'idle',
      live: 'blue',
      lock: expect.anything() as object,
    });
    expect(await sitter.message('history demo: the newest').innerText()).toMatch(
      /@cleo · approve[\s\S]+@ann · stage · /,
    );
    await page.locator('.rates', { hasText: /blue v1\s*[12]\d\/s[\s\S]*errors 0\/s/ }).waitFor();
    const alert = sitter.message('demo: HighErrorRate resolved');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/Fired \d+ s after release #\d+ went live[\s\S]*on green v\d+/);
    await tour.getByRole('button', { name: 'Start over' }).click();
    await tour.getByRole('heading', { name: 'Stage a version' }).waitFor();

    // The message that mentioned people says what became of it, and has no button any more. Bot and monitoring see the
    // same errors: where monitoring is first, its alert mentions people, and the bot's notice joins it in the thread.
    const notice = sitter.message(
      /is unhealthy[\s\S]*Done: @ann reverted|requests a second fail[\s\S]*✅ Resolved[\s\S]*@ann reverted/,
    );
    await notice.waitFor();
    expect(await notice.locator('[data-action]').count()).toBe(0);
  });

  it('says in the tour what holds when the bake was over before anything broke', async () => {
    await sitter.calm();
    await sitter.says('/release stage demo v3');
    await sitter.button('release.promote', 'v3').click();
    await sitter.dialog().getByRole('button', { name: 'Ask for approval' }).click();
    await sitter.until('approval is asked for', ({ request }) => request?.status === 'open');
    await sitter.be('cleo');
    await sitter.button('release.approve', 'v3').click();
    await sitter.dialog().getByRole('button', { name: 'Approve' }).click();
    await sitter.until('v3 bakes', ({ state }) => state === 'baking');
    // Forced: where everything is slow, its checks may just have been too slow for it.
    await sitter.be('dan');
    await sitter.says('/release settle demo --force it is seen enough');
    await sitter.until('v3 is settled', ({ state, live }) => state === 'idle' && live === 'green');

    const tour = sitter.page.getByRole('region', { name: 'Guided tour' });
    const onward = tour.getByRole('button', { name: /^(Skip|Next)$/ });
    await onward.click();
    await onward.click();
    await tour.getByText('so it settled by itself').waitFor();
    await onward.click();
    await tour.getByRole('heading', { name: 'Break what both share' }).waitFor();
    await onward.click();
    await tour.getByText('The bake is over: the bot does not check green any more').waitFor();
    await tour.getByRole('button', { name: 'Do it for me' }).click();
    await tour.getByText('Monitoring fires an alert, and the bot shows it with Revert').waitFor();
    expect(await tour.innerText()).not.toContain('unhealthy');
    await until(
      'the card has one button',
      async () => (await sitter.message('v3 is live on').locator('[data-action]').count()) === 1,
    );
    expect(await sitter.message('HighErrorRate · critical').innerText()).toMatch(
      /after release #\d+ went live/,
    );
    await onward.click();
    await tour.getByRole('button', { name: 'Do it for me' }).click();
    await sitter.dialog().locator('footer .button').last().click();
    await sitter.until('blue is live', ({ state, live }) => state === 'idle' && live === 'blue');
  });

  it('asks before a press counts: a no changes nothing, a yes does', async () => {
    await sitter.calm();
    await sitter.says('/release stage demo v11');
    await sitter.button('release.promote', 'v11').click();
    const dialog = sitter.dialog();
    expect(await dialog.innerText()).toMatch(/Promote demo #\d+\?[\s\S]*100 % of traffic moves blue → green/);
    await dialog.getByRole('button', { name: 'Not now' }).click();
    await dialog.waitFor({ state: 'detached' });

    await sitter.button('release.promote', 'v11').click();
    await dialog.waitFor();
    await sitter.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await sitter.focused('textContent')).toBe('Promote');
    expect(await sitter.record()).toMatchObject({ state: 'staged', request: null });

    await sitter.button('release.promote', 'v11').click();
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await sitter.until('approval is asked for', ({ request }) => request?.status === 'open');
    await sitter.message('asks to promote').waitFor();
    await sitter.button('release.approve', 'v11').click();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    const refused = sitter.message('not-allowed');
    await refused.waitFor();
    expect(await refused.innerText()).toContain('Only visible to you');
    await sitter.be('zoe');
    await refused.waitFor({ state: 'detached' });
    // The card is in the channel: so is the answer, with no thread open.
    await sitter.button('release.approve', 'v11').click();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await refused.waitFor();
    expect(await refused.innerText()).toContain('Only visible to you');
    expect(await sitter.page.getByRole('region', { name: 'Thread' }).count()).toBe(0);
    await sitter.page.locator('.doings', { hasText: '@zoe · approve demo · refused: not-allowed' }).waitFor();
    await sitter.be('ann');
    expect((await sitter.record()).request).toMatchObject({ status: 'open' });
  });

  it('promotes with the keyboard alone', async () => {
    await sitter.calm();
    const { page } = sitter;
    const yes = async (name: string) => {
      await sitter.tabTo(sitter.dialog().getByRole('button', { name }));
      await page.keyboard.press('Enter');
      await sitter.dialog().waitFor({ state: 'detached' });
    };
    await sitter.tabTo(page.locator('#composer'));
    await page.keyboard.type('/release sta');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    expect(await page.locator('#composer').inputValue()).toBe('/release stage demo ');
    await page.keyboard.type('v12');
    await page.keyboard.press('Enter');
    await sitter.button('release.promote', 'v12').waitFor();
    await sitter.tabTo(sitter.button('release.promote', 'v12'), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await yes('Ask for approval');
    await sitter.button('release.approve', 'v12').waitFor();
    await sitter.tabTo(page.locator('input[name=me]:checked'), 'Shift+Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('input[name=me]:checked').inputValue()).toBe('cleo');
    await sitter.tabTo(sitter.button('release.approve', 'v12'));
    await page.keyboard.press('Enter');
    await yes('Approve');
    await sitter.until('v12 bakes', ({ state, live }) => state === 'baking' && live === 'green');
    await page.locator('.rates', { hasText: /green v12\s*[12]\d\/s/ }).waitFor();

    await page.locator('#composer').focus();
    await page.keyboard.press('ArrowUp');
    expect(await page.locator('#composer').inputValue()).toBe('/release stage demo v12');
  });

  it('shows an alert of monitoring, which can be silenced with the keyboard', async () => {
    const { page } = sitter;
    await sitter.bakes('v12');
    await sitter.be('bob');
    await sitter.lever('Green', 'Fail').click();
    const alert = sitter.message('HighErrorRate · critical');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(
      /on green v12[\s\S]*Fired \d+ s after release #\d+ went live[\s\S]*· monitoring/,
    );
    const buttons = alert.locator('.controls .button');
    expect(await buttons.allInnerTexts()).toEqual(['Revert to blue v1', 'Acknowledge', 'Silence… ▾']);
    await sitter.button('release.revert', 'HighErrorRate · critical').focus();
    await sitter.tabTo(sitter.button('alert.silence', 'HighErrorRate · critical'));
    await page.keyboard.press('Enter');
    const options = page.getByRole('menu').getByRole('menuitem');
    expect(await options.allInnerTexts()).toEqual(['30 min', '1 h', '4 h', 'Until this release settles']);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await alert.getByText('Silenced by').waitFor();
    await sitter.button('alert.acknowledge', 'HighErrorRate · critical').click();
    await alert.getByText('Acknowledged by').waitFor();
    await sitter.lever('Green', 'Fix').click();
    await sitter.message('HighErrorRate resolved').getByText('on green v12').waitFor();
    expect((await sitter.record()).live).toBe('green');
  });

  it('opens the modal that asks why a revert is to be forced, and shows what was wrong in it', async () => {
    await sitter.bakes('v12');
    await sitter.lever('Blue', 'Fail').click();
    await until(
      'it is pressed',
      async () => (await sitter.lever('Blue', 'Fail').getAttribute('aria-pressed')) === 'true',
    );
    await sitter.says('/release revert demo');
    await sitter.button('release.force').click();
    const modal = sitter.dialog();
    await modal.getByRole('button', { name: 'Force revert', exact: true }).click();
    await modal.getByRole('alert').waitFor();
    await modal.getByRole('textbox').fill('green is worse');
    await sitter.page.keyboard.press('Enter');
    await modal.waitFor({ state: 'detached' });
    await sitter.until('blue is live', ({ state, live }) => state === 'idle' && live === 'blue');
    expect((await sitter.record()).releases[0]).toMatchObject({ version: 'v12', status: 'reverted' });
  });

  it('shows threads next to the channel, with mentions answered in them', async () => {
    const { page } = sitter;
    if ((await page.locator('.replies').count()) === 0) await sitter.bakes('v12');
    // Nothing moves below the pointer any more.
    await sitter.calm();
    await page.locator('.replies').last().click();
    const thread = page.getByRole('region', { name: 'Thread' });
    await thread.locator('.message').nth(1).waitFor();
    await thread.getByRole('combobox').fill('/release status demo');
    await page.keyboard.press('Enter');
    await thread.getByText('Slack allows no slash commands in threads').waitFor();
    await thread.getByRole('combobox').fill('@switchback status demo');
    await page.keyboard.press('Enter');
    await thread.getByText('state: idle').waitFor();
    await page.keyboard.press('Escape');
    await thread.waitFor({ state: 'detached' });
    await page.locator('.replies:focus').waitFor();
    expect(await sitter.focused('className')).toContain('replies');
  });

  it('refuses a stranger, in their eyes only, and shows below the composer what Slack could not send', async () => {
    await sitter.be('zoe');
    await sitter.says('/release stage demo v13');
    const ts = (await sitter.message('not-allowed').getAttribute('data-ts')) ?? '';
    const refused = sitter.page.locator(`.message[data-ts="${ts}"]`);
    expect(await refused.innerText()).toContain('Only visible to you');
    await sitter.be('ann');
    await refused.waitFor({ state: 'detached' });
    await sitter.says('/nonsense');
    const wrong = sitter.page.locator('.composer [role=alert]');
    await until('it is shown', async () => (await wrong.innerText()) !== '');
    expect(await wrong.innerText()).toContain('/nonsense is not a valid command');
  });

  it('kills the bot and starts it again, and shows how it stands', async () => {
    const bot = sitter.page.getByRole('group', { name: 'Bot' });
    await sitter.lever('Bot', 'Kill now').click();
    await bot.getByText('dead').waitFor();
    await sitter.says('/release status demo');
    await sitter.page.locator('.composer .wrong', { hasText: 'dispatch_failed' }).waitFor();
    await sitter.page.locator('.doings', { hasText: 'SIGKILL' }).waitFor();
    await sitter.lever('Bot', 'Start').click();
    await bot.getByText('running').waitFor();
    expect(await sitter.lever('Bot', 'Kill now').getAttribute('aria-pressed')).toBe('false');
  });

  it('is dark when the system is, until the reader chooses otherwise', async () => {
    const { page } = sitter;
    const dark = async () => Number(/\d+/.exec(await sitter.style('body', 'background-color'))?.[0]) < 128;
    const toggle = page.getByRole('button', { name: 'Dark mode' });
    expect([await dark(), await toggle.getAttribute('aria-pressed')]).toEqual([false, 'false']);
    await page.emulateMedia({ colorScheme: 'dark' });
    await toggle.and(page.locator('[aria-pressed=true]')).waitFor();
    expect(await dark()).toBe(true);
    await toggle.click();
    await until('it is light', async () => !(await dark()));
    await sitter.open(url);
    expect(await dark()).toBe(false);
  });

  it('shows what everybody may do, and all levers at once on a screen of 1280 × 800', async () => {
    const { page } = sitter;
    expect(await page.locator('.who-am-i label').allInnerTexts()).toEqual([
      expect.stringMatching(/ann\s+operator$/),
      expect.stringMatching(/bob\s+operator, approver$/),
      expect.stringMatching(/cleo\s+approver$/),
      expect.stringMatching(/dan\s+admin$/),
      expect.stringMatching(/zoe\s+may only look$/),
    ]);
    const hidden =
      "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector('.scrolling'))";
    expect(await page.evaluate(hidden)).toBe(0);
    const does = page.getByText('When it is started again, it asks the router and completes the promote.');
    const opacity = () => does.evaluate((element) => element.computedStyleMap().get('opacity')?.toString());
    expect(await opacity()).toBe('0');
    await sitter.lever('Bot', 'Kill during next promote').hover();
    await until('it is shown', async () => (await opacity()) === '1');
  });

  it('draws every version of blue in a blue, and of green in a green', async () => {
    const shades = (await sitter.page.evaluate(`(() => {
      const swatch = document.body.appendChild(document.createElement('i'));
      const color = (name) => { swatch.className = name; return getComputedStyle(swatch).color.match(/[0-9]+/g).map(Number); };
      return ['blue-0', 'blue-1', 'green-0', 'green-1'].map((shade) => color('shade-' + shade));
    })()`)) as [number, number, number][];
    const names = shades.map(([red, green, blue]) => {
      if (blue > 1.3 * green && green > 1.3 * red) return 'blue';
      return green > 1.3 * red && green > 1.3 * blue ? 'green' : `${red} ${green} ${blue}`;
    });
    expect(names).toEqual(['blue', 'blue', 'green', 'green']);
  });

  it.each([
    [1440, 900],
    [1280, 800],
    [360, 740],
  ])('needs no more than a screen of %i × %i', async (width, height) => {
    await sitter.page.setViewportSize({ width, height });
    expect(await sitter.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it('complained of nothing, asked no other host, and weighs less than 300 kB', async () => {
    const sizes = await Promise.all(
      [...seen.loaded].map(
        async (path) => gzipSync(await (await fetch(new URL(path, url))).arrayBuffer()).length,
      ),
    );
    expect(seen.complaints).toEqual([]);
    expect([...seen.hosts]).toEqual([new URL(url).host]);
    expect(seen.loaded.size).toBeGreaterThan(20);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(30_000);
    expect(total).toBeLessThan(300_000);
  });

  it('says so when the connection is lost', async () => {
    expect(await sitter.page.locator('.link-state').innerText()).toContain('connected');
    await played.stop();
    await sitter.page.getByText('not connected').waitFor();
    await sitter.says('/release help');
    const wrong = sitter.page.locator('.composer [role=alert]');
    await until('it is shown', async () => (await wrong.innerText()) !== '');
    expect(await wrong.innerText()).toContain('The playground does not answer');
  });
});
