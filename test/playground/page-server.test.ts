import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { openClient, send, startPlay } from './page-client.ts';
import type { PageClient } from './page-client.ts';

const channel = 'C0RELEASES';
const ok = { ok: true };

/** From staged to switched: asked for by ann, approved by bob. */
async function promote(page: PageClient): Promise<void> {
  const staged = await page.until('it is staged', ({ state }) => state === 'staged');
  expect(staged.releases[0]?.status).toBe('staged');
  const card = () => page.message('release.promote')?.ts ?? '';
  await until('there is a button', card);
  expect(
    await page.ask('press', { person: 'U0ANN', channel, ts: card(), action: 'release.promote' }),
  ).toEqual(ok);
  await page.until('approval is asked for', ({ request }) => request?.status === 'open');
  const asked = await until('bob sees it', () => page.message('release.approve'));
  await page.ask('press', { person: 'U0BOB', channel, ts: asked.ts, action: 'release.approve' });
}

describe('the server of the page', () => {
  let play: Awaited<ReturnType<typeof startPlay>>;
  let page: PageClient;
  const say = (text: string, person = 'U0ANN') => page.ask('say', { person, channel, text });

  beforeEach(async () => {
    play = await startPlay();
    page = await openClient(play.url);
  });
  afterEach(async () => {
    page.close();
    await play.stop('SIGKILL');
  });

  it('takes a release to promote by presses, and shows it as it happens', async () => {
    expect(page.told.workspace).toMatchObject({ channel, service: 'demo' });
    expect(page.told.workspace?.commands).toContainEqual(
      expect.objectContaining({ usage: '/release why <service>', example: '/release why demo' }),
    );
    expect(await say('/release stage demo v2')).toEqual(ok);
    await promote(page);
    await page.until('it bakes', ({ state, live }) => state === 'baking' && live === 'green');

    await until('the switch is told', () => page.switches.some(({ to }) => to === 'green v2'));
    await until('traffic is green', () => page.traffic.at(-1)?.answered[0]?.color === 'green');
    expect(page.traffic.every(({ errorsPerSecond }) => errorsPerSecond === 0)).toBe(true);
    const later = await openClient(play.url);
    await until('a later page is told of it', () => later.switches.some(({ to }) => to === 'green v2'));
    const shadesOf = ({ traffic }: PageClient) =>
      Object.fromEntries(traffic.flatMap((one) => one.answered.map((each) => [each.version, each.shade])));
    expect(later.traffic.length).toBeGreaterThan(4);
    expect([shadesOf(page), shadesOf(later)]).toEqual([
      { v1: 0, v2: 0 },
      { v1: 0, v2: 0 },
    ]);
    later.close();
    expect(page.told.levers).toMatchObject({
      router: { live: 'green' },
      colors: { green: { version: 'v2' } },
    });
    expect(
      await page.ask('press', { person: 'U0BOB', channel, ts: '1.1', action: 'release.approve' }),
    ).toEqual({
      ok: false,
      error: 'This message is gone.',
    });
  });

  it('has monitoring fire an alert when the live color breaks, whose Revert ends it', async () => {
    await say('/release stage demo v2');
    await promote(page);
    await page.until('it bakes', ({ state, live }) => state === 'baking' && live === 'green');
    await until('traffic is green', () => page.switches.some(({ to }) => to === 'green v2'));
    await page.ask('lever', { name: 'break', color: 'green', ailment: 'fail' });
    await until('the log says what the bot noticed', () =>
      page.told.log?.some(({ text }) => text.includes('GET /healthz answered 500')),
    );
    const alert = await until('an alert fires', () => page.message('HighErrorRate · critical'));
    const now = () => page.told.messages?.find(({ ts }) => ts === alert.ts);
    const shown = () => JSON.stringify(now()?.blocks);
    expect(alert.text).toMatch(/🚨 demo: (?:All [\d.]+|[\d.]+ of [\d.]+) requests a second fail on green v2/);
    expect(shown()).toMatch(/Fired \d+ s after release #1 went live/);
    // Whichever is sent first rings, the unhealthy bake or its alert.
    const rings = () => page.told.messages?.filter(({ broadcast, text }) => broadcast && text.includes('🚨'));
    await until('the channel is told once', () => rings()?.length === 1);

    const choice = /"value":"(\{[^}]*30m[^}]*\})"/.exec(shown())?.[1] ?? '';
    const press = { person: 'U0BOB', channel, ts: alert.ts };
    const silence = { ...press, action: 'alert.silence', option: JSON.parse(`"${choice}"`) as string };
    expect(await page.ask('press', silence)).toEqual(ok);
    await until('it is silent', () => shown().includes('Silenced by'));
    expect(await page.ask('press', { ...press, action: 'release.revert' })).toEqual(ok);
    await page.until('blue is live', ({ state, live }) => state === 'idle' && live === 'blue');
    await until('traffic is blue', () => page.switches.at(-1)?.to === 'blue v1');
    await until('it is resolved', () => now()?.text.startsWith('✅ demo: HighErrorRate resolved'));
    expect(shown()).not.toContain('release.revert');
  });

  it('opens a modal, shows what was wrong in it, and sends it', async () => {
    await say('/release stage demo v2');
    await promote(page);
    await page.until('it bakes', ({ state }) => state === 'baking');
    await page.ask('lever', { name: 'break', color: 'blue', ailment: 'fail' });
    await say('/release revert demo');
    const refused = await until('it is refused', () => page.message('release.force'));
    const force = { person: 'U0ANN', channel, ts: refused.ts, action: 'release.force' };
    expect(await page.ask('press', force)).toEqual(ok);
    const first = await until('a modal is open', () => page.told.views?.[0]);
    expect(first).toMatchObject({ user: 'U0ANN', submit: 'Force revert', errors: {} });
    expect(await page.ask('close', { person: 'U0ANN', view: first.id })).toEqual(ok);
    await until('it is closed', () => page.told.views?.length === 0);

    await page.ask('press', force);
    const view = await until('it is open again', () => page.told.views?.[0]);
    expect(await page.ask('submit', { person: 'U0ANN', view: view.id, values: {} })).toEqual(ok);
    const wrong = await until('it is wrong', () => Object.entries(page.told.views?.[0]?.errors ?? {})[0]);
    expect(wrong[1]).toMatch(/required/);
    const input = view.blocks.find((block) => block['type'] === 'input') as {
      block_id: string;
      element: { action_id: string };
    };
    const values = { [input.block_id]: { [input.element.action_id]: 'green is worse' } };
    expect(await page.ask('submit', { person: 'U0BOB', view: view.id, values })).toMatchObject({ ok: false });
    expect(await page.ask('submit', { person: 'U0ANN', view: view.id, values })).toEqual(ok);
    await page.until('blue is live', ({ state, live }) => state === 'idle' && live === 'blue');
    expect(page.told.views).toEqual([]);
  });

  it('kills the bot in the middle of a promote, and the next one completes it', async () => {
    expect(await page.ask('lever', { name: 'bot', to: 'start' })).toEqual({
      ok: false,
      error: 'The bot is already running.',
    });
    await say('/release stage demo v2');
    expect(await page.ask('lever', { name: 'bot', to: 'kill-in-promote' })).toEqual(ok);
    await until('it is told', () => page.told.levers?.killInPromote);
    await promote(page);
    await until('it is dead', () => page.told.levers?.bot === 'dead');
    expect(page.told.levers).toMatchObject({ killInPromote: false, router: { live: 'green' } });
    await until('traffic goes on', () => page.traffic.at(-1)?.answered[0]?.color === 'green');
    const left = await page.until('it stands still', ({ state }) => state === 'promoting');
    expect(left).toMatchObject({ live: 'blue', op: { kind: 'promote', step: 'switch' } });
    expect(await say('/release status demo')).toEqual({
      ok: false,
      error: '/release failed with the error "dispatch_failed"',
    });
    expect(await page.ask('lever', { name: 'bot', to: 'kill' })).toEqual({
      ok: false,
      error: 'The bot is already dead.',
    });

    expect(await page.ask('lever', { name: 'bot', to: 'start' })).toEqual(ok);
    await page.until('it bakes', ({ state, live }) => state === 'baking' && live === 'green');
    await until('the page shows it', () => page.message('Another process took over: the router says green'));
    const log = page.told.log?.map(({ text }) => text).join('\n');
    expect(log).toMatch(
      /Switchback is running[\s\S]*was killed \(SIGKILL\) during its promote[\s\S]*is running/,
    );
    await page.ask('lever', { name: 'bot', to: 'kill' });
    await page.ask('lever', { name: 'bot', to: 'start' });
    await until('it runs', () => page.told.levers?.bot === 'running');
    expect(await say('/release status demo')).toEqual(ok);
  });

  it('lets Slack answer 429: a switch does not wait for it, its messages do', async () => {
    // Slack has said who may do what.
    await say('/release stage demo v2');
    await until('it is staged', () => page.message('is staged on green'));
    await say('/release cancel demo');
    await page.ask('lever', { name: 'slack', to: '429' });
    await until('it is told', () => page.told.levers?.slack === 'limited');
    await say('/release stage demo v3');
    await page.until(
      'it is staged',
      ({ state, releases }) => state === 'staged' && releases[0]?.version === 'v3',
    );
    expect(page.message('v3 is staged on green')).toBeUndefined();
    await until('the log says so', () => page.told.log?.some(({ text }) => text.includes('it waits')));
    await page.ask('lever', { name: 'slack', to: 'up' });
    await until('it is told again', () => page.told.levers?.slack === 'up');
    await until('it is said', () => page.message('v3 is staged on green'));
  });

  it('keeps the page when nobody is at standard input, and ends with it', async () => {
    const bot = /the bot +(\S+)/.exec(play.output())?.[1] ?? '';
    expect((await fetch(bot)).status).toBe(200);
    play.signal('SIGINT');
    expect(await play.exit()).toBe(0);
    for (const gone of [bot, play.url]) await expect(fetch(gone)).rejects.toThrow('fetch failed');
  });

  it('takes its bot with it when it is killed itself', async () => {
    const bot = /the bot +(\S+)/.exec(play.output())?.[1] ?? '';
    await play.stop('SIGKILL');
    await until('it is gone', () =>
      fetch(bot).then(
        () => false,
        () => true,
      ),
    );
    expect(play.alive()).toBe(false);
  });
});

describe('the server of the page, of one run', () => {
  let play: Awaited<ReturnType<typeof startPlay>>;
  let page: PageClient;
  const say = (text: string, person = 'U0ANN') => page.ask('say', { person, channel, text });

  beforeAll(async () => {
    play = await startPlay();
    page = await openClient(play.url);
  });
  afterAll(async () => {
    page.close();
    await play.stop('SIGKILL');
  });

  it('takes mentions at any place, in threads too, and says what Slack says of a slash command', async () => {
    expect(await say('@switchback status demo')).toEqual(ok);
    const answered = await until('it answers', () => page.message('state: idle'));
    expect(page.message('<@U0SWITCHBOT> status demo')).toMatchObject({ user: 'U0ANN' });
    expect(await say('I like @switchback')).toEqual(ok);
    await until('it hears it', () => page.message('A command begins with my name'));
    await page.ask('say', { person: 'U0ANN', channel, thread: answered.ts, text: '@switchback why demo' });
    await until('it answers in the thread', () => page.message('why demo')?.threadTs);
    expect(await say('/nonsense')).toEqual({ ok: false, error: '/nonsense is not a valid command.' });
    expect(await say('hello @cleo & #releases')).toEqual(ok);
    await until('it is there', () => page.message('hello <@U0CLEO> &amp; <#C0RELEASES|releases>'));
    expect(await say('/release status demo', 'U0NOBODY')).toMatchObject({ ok: false });
  });

  it('moves the router behind the bot, takes it offline, and breaks colors', async () => {
    await page.ask('lever', { name: 'move', color: 'green' });
    await until('it is told', () => page.told.levers?.router.live === 'green');
    await until('traffic is told', () => page.switches.some(({ to }) => to === 'green v0'));
    await page.ask('lever', { name: 'move', color: 'blue' });
    await page.ask('lever', { name: 'router', to: 'unreachable' });
    await page.ask('lever', { name: 'break', color: 'blue', ailment: 'fail' });
    await until('errors are told', () => (page.traffic.at(-1)?.errorsPerSecond ?? 0) > 0);
    await until('both are told', () => {
      const { router, colors } = page.told.levers ?? {};
      return router?.unreachable && colors?.blue.ailment === 'fail';
    });
    await page.ask('lever', { name: 'router', to: 'reachable' });
    await page.ask('lever', { name: 'fix', color: 'blue' });
    await until('it is fixed', () => page.told.levers?.colors.blue.ailment === null);
    expect(page.told.levers?.router.unreachable).toBe(false);
  });

  it('sends the alert to a bot that was dead once it runs again', async () => {
    await page.ask('lever', { name: 'bot', to: 'kill' });
    await page.ask('lever', { name: 'break', color: 'blue', ailment: 'die' });
    const failing = () => page.traffic.slice(-8).every(({ errorsPerSecond }) => errorsPerSecond > 1);
    await until('requests have failed for long', () => page.traffic.length > 8 && failing());
    await page.ask('lever', { name: 'bot', to: 'start' });
    const alert = await until('an alert fires', () => page.message('HighErrorRate · critical'));
    expect(alert.text).toContain('on blue v1');
    await page.ask('lever', { name: 'fix', color: 'blue' });
    await until('it is resolved', () => page.message('✅ demo: HighErrorRate resolved'));
  });
});

describe('the page', () => {
  let play: Awaited<ReturnType<typeof startPlay>>;
  beforeAll(async () => {
    play = await startPlay();
  });
  afterAll(() => play.stop('SIGKILL'));
  const get = (path: string, headers = {}) => send(play.url, path, { method: 'GET', headers });

  it('is the first address that is printed', () => {
    const [first] = /https?:\/\/\S+/.exec(play.output()) ?? [];
    expect(first).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(first).toBe(play.url);
  });

  it('comes whole: every file that it names is there, with the right type', async () => {
    const { text } = await get('/');
    const named = [...text.matchAll(/(?:href|src)="(\/[^"]+)"|: "(\/parts\/[^"]+)"/g)].map(
      ([, link, part]) => link ?? part ?? '',
    );
    expect(named.length).toBeGreaterThan(8);
    const scripts = readdirSync('packages/playground/src/page/public').filter((name) => name.endsWith('.js'));
    for (const path of [...named, ...scripts.map((name) => `/${name}`)]) {
      const { status, headers } = await get(path);
      const type =
        { css: 'text/css', svg: 'image/svg+xml' }[path.split('.').at(-1) ?? ''] ?? 'text/javascript';
      expect([path, status, String(headers['content-type']).split(';')[0]]).toEqual([path, 200, type]);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    }
  });

  it('allows its import map and no other inline script, and nothing from elsewhere', async () => {
    const { text, headers } = await get('/');
    const inline = [...text.matchAll(/<script type="importmap">([\s\S]*?)<\/script>/g)].map(
      ([, map = '']) => map,
    );
    expect(inline).toHaveLength(1);
    const hash = createHash('sha256')
      .update(inline[0] ?? '')
      .digest('base64');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self';");
    expect(policy).toContain(`script-src 'self' 'sha256-${hash}';`);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it.each([
    '/nothing.js',
    '/tsconfig.json',
    '/../api.ts',
    '/..%2fapi.ts',
    '/%2e%2e/open-page.js',
    '/parts/../../../../package.json',
    '/parts/constructor',
    '/parts/constructor.js',
    '//etc/passwd',
    '/..\\..\\api.js',
    '/index.html%00.js',
    '/api/say',
  ])('has no %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404 });
  });

  it.each<[string, number, Record<string, string>]>([
    ['a name that leads here', 421, { host: 'evil.example' }],
    ['a name with our port', 421, { host: 'evil.example:{port}' }],
    ['our name with another port', 421, { host: '127.0.0.1:1' }],
    ['another site', 403, { origin: 'https://evil.example' }],
    ['another port of this machine', 403, { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed page', 403, { origin: 'null' }],
    ['nobody who says where from', 403, { origin: '' }],
    ['a form', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', 415, { 'content-type': 'text/plain' }],
  ])('takes no question from %s', async (_who, status, given) => {
    const { port } = new URL(play.url);
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace('{port}', port)]),
    );
    const body = JSON.stringify({ name: 'bot', to: 'kill' });
    expect(await send(play.url, '/api/lever', { headers, body })).toMatchObject({ status });
    // A page is for nobody else either, but needs no words about itself.
    const { status: seen } = await get('/', { host: headers['host'] ?? '' });
    expect(seen).toBe(given['host'] ? status : 200);
    const page = await openClient(play.url);
    expect(page.told.levers?.bot).toBe('running');
    page.close();
  });

  it('takes questions from a client that is no browser, under the header that browsers ask about first', async () => {
    const headers = { origin: '', 'x-switchback-play': '1' };
    const body = JSON.stringify({ name: 'fix', color: 'blue' });
    expect(await send(play.url, '/api/lever', { headers, body })).toMatchObject({ status: 200 });
    const asked = await send(play.url, '/api/lever', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect(asked.status).toBe(403);
    expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['an unknown lever', '{"name":"rm"}'],
    ['a lever with more', '{"name":"fix","color":"blue","more":1}'],
    ['another color', '{"name":"fix","color":"__proto__"}'],
    ['a list', '[]'],
  ])('refuses a body with %s', async (_what, body) => {
    expect(await send(play.url, '/api/lever', { body })).toMatchObject({ status: 400 });
  });

  it('refuses a body above 64 kB, whether or not it says its length', async () => {
    const body = JSON.stringify({ person: 'U0ANN', channel, text: 'x'.repeat(70_000) });
    expect(await send(play.url, '/api/say', { body })).toMatchObject({ status: 413 });
    const chunked = send(play.url, '/api/say', { body, headers: { 'transfer-encoding': 'chunked' } });
    const answered = await chunked.then(
      ({ status }) => status,
      () => 400,
    );
    expect(answered).toBe(400);
    expect((await get('/')).status).toBe(200);
  });

  it('knows no other question', async () => {
    for (const name of ['eval', 'constructor', '__proto__', ''])
      expect(await send(play.url, `/api/${name}`, { body: '{}' })).toMatchObject({ status: 400 });
  });

  it('listens on loopback alone, and says so when its port is taken', async () => {
    const { port } = new URL(play.url);
    await expect(startPlay(['--port', port])).rejects.toThrow(`Port ${port} is in use`);
    await expect(startPlay(['--port', '70000'])).rejects.toThrow('It must be 0 to 65535');
    await expect(startPlay([], { PORT_PAGE: 'x' })).rejects.toThrow('PORT_PAGE');
  });
});

describe('the page in other ways', () => {
  it('plays with a real HAProxy and a real Redis', async () => {
    const redis = await startRedis();
    const port = await freePort();
    const play = await startPlay(['--haproxy'], { REDIS_URL: redis.url, PORT_PAGE: String(port) });
    try {
      expect(play.url).toBe(`http://127.0.0.1:${port}/`);
      const page = await openClient(play.url);
      expect(page.told.levers?.storage).toContain('in your Redis');
      await page.ask('lever', { name: 'router', to: 'unreachable' });
      await page.ask('say', { person: 'U0ANN', channel, text: '/release stage demo v2' });
      await until('it cannot be asked', () => page.message('router-unreachable'));
      await page.ask('lever', { name: 'router', to: 'reachable' });
      await page.ask('lever', { name: 'move', color: 'green' });
      await until('traffic moved', () => page.switches.some(({ to }) => to === 'green v0'));
      await page.ask('lever', { name: 'move', color: 'blue' });
      await until('traffic is back', () => page.switches.at(-1)?.to === 'blue v1');

      await page.ask('say', { person: 'U0ANN', channel, text: '/release stage demo v2' });
      await page.ask('lever', { name: 'bot', to: 'kill-in-promote' });
      await promote(page);
      await until('it is dead', () => page.told.levers?.bot === 'dead');
      expect(page.told.levers?.router.live).toBe('green');
      await page.ask('lever', { name: 'bot', to: 'start' });
      await page.until('it bakes', ({ state, live }) => state === 'baking' && live === 'green');
      expect(await redis.cli('keys', '*')).toContain('play-');
      page.close();
      const [, front = ''] = /through the router +(\S+)/.exec(play.output()) ?? [];
      expect((await fetch(front)).status).toBe(200);
      play.signal('SIGHUP');
      expect(await play.exit()).toBe(0);
      await expect(fetch(front)).rejects.toThrow('fetch failed');
    } finally {
      await play.stop();
      await redis.stop();
    }
  });

  it('plays from its source, as in a clone', async () => {
    const play = await startPlay(['--port', '0'], {}, ['--import', 'tsx', 'packages/playground/src/cli.ts']);
    try {
      expect(await send(play.url, '/', { method: 'GET' })).toMatchObject({ status: 200 });
      expect(await send(play.url, '/app.js', { method: 'GET' })).toMatchObject({ status: 200 });
      expect(await send(play.url, '/parts/htm-preact.mjs', { method: 'GET' })).toMatchObject({ status: 200 });
      const page = await openClient(play.url);
      await page.ask('lever', { name: 'bot', to: 'kill' });
      expect(await page.ask('lever', { name: 'bot', to: 'start' })).toEqual(ok);
      page.close();
    } finally {
      await play.stop();
    }
  });
});
