import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readiness } from '../../src/http/readiness.ts';
import { openWayIn } from '../slack/way-in.ts';
import type { WayIn } from '../slack/way-in.ts';

const secret = 'playground-signing-secret';
const form = 'application/x-www-form-urlencoded';
const command =
  'command=%2Frelease&text=promote+checkout&user_id=U0ANN&team_id=T0PLAY&channel_id=C0RELEASES&trigger_id=1.2.abc';

function signed(body: string, timestamp: string): Record<string, string> {
  const hash = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hash}` };
}

const seconds = (offset = 0): string => String(Math.floor(Date.now() / 1000) + offset);

describe('the server in HTTP mode', () => {
  let bot: WayIn;
  beforeAll(async () => {
    bot = await openWayIn('http');
  });
  afterAll(() => bot.close());
  beforeEach(() => {
    bot.commands.length = 0;
  });

  const send = (body: string, headers: Record<string, string>, type = form): Promise<Response> =>
    fetch(`${bot.origin}/slack/events`, {
      method: 'POST',
      body,
      headers: { 'content-type': type, ...headers },
    });

  test('a signed command is carried out', async () => {
    const response = await send(command, signed(command, seconds()));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      response_type: 'ephemeral',
      text: 'promote checkout: accepted',
    });
    expect(bot.commands).toHaveLength(1);
  });

  test.each([
    [
      'a wrong signature',
      { 'x-slack-request-timestamp': seconds(), 'x-slack-signature': `v0=${'0'.repeat(64)}` },
    ],
    ['no signature', { 'x-slack-request-timestamp': seconds() }],
    ['no timestamp', { 'x-slack-signature': signed(command, seconds())['x-slack-signature'] ?? '' }],
    ['a timestamp that is no number', { ...signed(command, 'now') }],
    ['an old timestamp', signed(command, seconds(-360))],
    ['a timestamp in the future', signed(command, seconds(360))],
    [
      'text after the signature',
      {
        ...signed(command, seconds()),
        'x-slack-signature': `${signed(command, seconds())['x-slack-signature']}=x`,
      },
    ],
    ['the signature of another body', signed(`${command}x`, seconds())],
  ])('%s is refused', async (_what, headers) => {
    expect((await send(command, headers)).status).toBe(401);
    expect(bot.commands).toEqual([]);
  });

  test.each(['ssl_check=1&', 'ssl_check=1&ssl_check=0&', 'ssl_check=0&'])(
    '%s does not carry a command past the signature',
    async (prefix) => {
      const response = await send(`${prefix}${command}`, {});
      expect([200, 401]).toContain(response.status);
      expect(await response.text()).toBe('');
      expect(bot.commands).toEqual([]);
    },
  );

  test('Slack may check the certificate without a signature', async () => {
    expect((await send('ssl_check=1&token=x', {})).status).toBe(200);
  });

  test('the challenge of an address is answered when it is signed', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c1' });
    const response = await send(body, signed(body, seconds()), 'application/json');
    expect(await response.json()).toEqual({ challenge: 'c1' });
    expect((await send(body, {}, 'application/json')).status).toBe(401);
  });

  test.each([
    ['null', 400],
    ['[]', 400],
    ['"x"', 400],
    ['', 400],
    ['payload=null', 400],
    ['{', 400],
    // Objects may be of a kind that Slack sends unasked.
    ['{"event":null}', 200],
    ['{"type":"nobody_knows"}', 200],
  ])('a signed body of another shape (%s) breaks nothing', async (body, status) => {
    const response = await send(
      body,
      signed(body, seconds()),
      body.startsWith('payload') ? form : 'application/json',
    );
    expect(response.status).toBe(status);
    expect((await fetch(`${bot.origin}/healthz`)).status).toBe(200);
  });

  test('a repeat of a request has the same marks', async () => {
    const headers = signed(command, seconds());
    await send(command, headers);
    await send(command, { ...headers, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' });
    expect(bot.commands[1]?.marks).toEqual(bot.commands[0]?.marks);
  });

  test('a response_url on another host is not used', async () => {
    bot.submits(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_800));
      return { ok: true, text: ['promote checkout: late'] };
    });
    const asked: string[] = [];
    const { createServer } = await import('node:http');
    const trap = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => void trap.listen(0, '127.0.0.1', resolve));
    const address = trap.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const body = `${command}&response_url=${encodeURIComponent(`http://127.0.0.1:${port}/steal`)}`;
    const response = await send(body, signed(body, seconds()));
    expect(await response.text()).toContain('not confirmed');
    await bot.slack.until(() =>
      bot.slack
        .channel('releases')
        .ephemerals({ id: 'U0ANN' })
        .some((one) => one.text === 'promote checkout: late'),
    );
    expect(asked).toEqual([]);
    expect(bot.slack.calls('chat.postEphemeral')).toHaveLength(1);
    trap.close();
  }, 10_000);

  /** Sends a head by hand, and answers with what comes first. */
  const ask = (head: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(bot.origin).port), '127.0.0.1', () =>
        socket.write(`${head}\r\n`),
      );
      socket.once('data', (piece) => {
        resolve(piece.toString());
        socket.destroy();
      });
    });

  test.each(['/slack/events', '/healthz', '/readyz', '/metrics', '/nowhere'])(
    '%s refuses a body above 1 MiB',
    async (path) => {
      const long = 'x'.repeat(1024 * 1024 + 1);
      expect((await fetch(`${bot.origin}${path}`, { method: 'POST', body: long })).status).toBe(413);
      const chunked = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let i = 0; i < 17; i += 1) controller.enqueue(new Uint8Array(65_536));
          controller.close();
        },
      });
      const response = await fetch(`${bot.origin}${path}`, {
        method: 'POST',
        body: chunked,
        duplex: 'half',
      } as RequestInit);
      expect(response.status).toBe(413);
    },
  );

  test('unknown paths are 404, other methods 405', async () => {
    expect((await fetch(`${bot.origin}/`)).status).toBe(404);
    expect((await fetch(`${bot.origin}/slack/events`)).status).toBe(405);
    expect((await fetch(`${bot.origin}/healthz`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${bot.origin}/healthz?x=1`)).status).toBe(200);
  });

  test('a target that is no path breaks nothing', async () => {
    const { port } = new URL(bot.origin);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write('POST // HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (piece) => (text += piece.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toContain('404');
  });

  test('ready when Slack accepted the token and the storage answers', async () => {
    const response = await fetch(`${bot.origin}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      ready: true,
      failing: [],
      redis: 'answers',
      slack: { accepted: true, last: { outcome: 'ok' } },
    });
  });

  test('the storage is asked once for all who ask at the same time', async () => {
    const ping = bot.store.ping.bind(bot.store);
    let asked = 0;
    let answer = (): void => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    bot.store.ping = () => {
      asked += 1;
      return answered;
    };
    const all = Array.from({ length: 50 }, () => fetch(`${bot.origin}/readyz`));
    await bot.slack.until(() => asked > 0);
    answer();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(50).fill(200));
    bot.store.ping = ping;
    expect(asked).toBeLessThan(50);
  });

  test('not ready when a part fails, and the answer names it', async () => {
    const ping = bot.store.ping.bind(bot.store);
    bot.store.ping = async () => {
      throw new Error('away');
    };
    const response = await fetch(`${bot.origin}/readyz`);
    bot.store.ping = ping;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ready: false, failing: ['redis'] });
  });

  test('not ready before the first look at the configured services', async () => {
    const parts = { ping: async () => {}, slack: () => ({ accepted: true }) };
    expect(await readiness({ ...parts, adopted: () => false })).toMatchObject({
      ready: false,
      failing: ['adoption'],
      adoption: 'under way',
    });
    expect(await readiness({ ...parts, adopted: () => true, replicas: () => 0 })).toMatchObject({
      ready: true,
      redisReplicas: 'none',
    });
    expect(await readiness({ ...parts, adopted: () => true, replicas: () => 2 })).toMatchObject({
      redisReplicas: 2,
    });
    expect(await readiness({ ...parts, adopted: () => true })).toMatchObject({
      ready: true,
      adoption: 'tried',
    });
  });

  test('the metrics are readable from loopback and count what happened', async () => {
    await send('text=zzz&command=%2Frelease&user_id=U0ANN&team_id=T0PLAY&channel_id=C0RELEASES', {});
    const body = 'text=zzz&command=%2Frelease&user_id=U0ANN&team_id=T0PLAY&channel_id=C0RELEASES';
    await send(body, signed(body, seconds()));
    const text = await (await fetch(`${bot.origin}/metrics`)).text();
    expect(text).toContain('switchback_refusals_total{code="bad-arguments"} 1');
    expect(text).toMatch(/switchback_slack_calls_total\{method="auth.test",outcome="ok"\} 1/);
    expect(text).toMatch(/switchback_ack_seconds_count\{kind="command"\} \d/);
    for (const name of [
      'operations_total',
      'switch_seconds',
      'revert_seconds',
      'slack_429_total',
      'outbox_depth',
      'lease_losses_total',
      'verdicts_total',
      'comparisons_total',
      'auto_reverts_total',
    ])
      expect(text).toContain(`switchback_${name}`);
  });

  test.each([
    'forwarded: for=203.0.113.9',
    'x-forwarded-for: 203.0.113.9',
    'x-forwarded-host: bot.example.com',
    'x-forwarded-proto: https',
    'x-real-ip: 203.0.113.9',
    'via: 1.1 proxy',
    'cf-connecting-ip: 203.0.113.9',
  ])('the metrics are not for who comes through a proxy (%s)', async (line) => {
    expect(await ask(`GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\n${line}\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each([
    ['GET /metrics HTTP/1.1\r\nhost: bot.example.com:3000\r\n', 403],
    ['GET /metrics HTTP/1.1\r\nhost: 127.0.0.1.example.com\r\n', 403],
    // As nginx asks whose `proxy_pass` is all that is set.
    ['GET /metrics HTTP/1.0\r\nhost: 127.0.0.1:3000\r\n', 403],
    ['GET /metrics HTTP/1.0\r\n', 403],
    ['GET /metrics HTTP/1.1\r\nhost: localhost:3000\r\n', 200],
    ['GET /metrics HTTP/1.1\r\nhost: [::1]:3000\r\n', 200],
  ])('%j is answered with %d', async (head, status) => {
    expect(await ask(head)).toContain(`HTTP/1.1 ${status} `);
  });

  test.each([
    ['POST /nowhere', 404],
    ['POST /healthz', 405],
    ['PUT /slack/events', 405],
    ['GET /slack/events', 405],
    ['POST /slack/events', 401],
    ['GET /healthz', 200],
    ['GET /readyz', 200],
  ])('%s whose body never comes is still answered with %d', async (what, status) => {
    expect(await ask(`${what} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n`)).toContain(
      `HTTP/1.1 ${status} `,
    );
  });

  test.each([
    [`${'0'.repeat(64)}`, 0, 'timestamp of now, wrong signature', 'POST /slack/events', 100],
    ['no', 0, 'signature of no form', 'POST /slack/events', 401],
    [`${'0'.repeat(64)}`, 400, 'timestamp that is off', 'POST /slack/events', 401],
    [`${'0'.repeat(64)}`, 0, 'method', 'PUT /slack/events', 405],
  ])(
    'who waits for a word gets it only where the body is wanted (%s, %d, %s)',
    async (hash, off, _w, what, status) => {
      const heads = `x-slack-request-timestamp: ${seconds(off)}\r\nx-slack-signature: v0=${hash}\r\n`;
      const head = `${what} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9000\r\n${heads}`;
      expect(await ask(head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    },
  );

  test('a refusal reaches a sender that is still sending', async () => {
    const { port } = new URL(bot.origin);
    const socket = connect(Number(port), '127.0.0.1');
    let heard = '';
    let broken = false;
    socket.on('data', (piece) => (heard += piece.toString()));
    socket.on('error', () => (broken = true));
    socket.write('POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n');
    for (let i = 0; i < 9; i += 1) {
      await new Promise<void>((resolve) => void socket.write('x'.repeat(100_000), () => resolve()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => socket.once('close', resolve));
    expect([heard.slice(0, 12), broken]).toEqual(['HTTP/1.1 404', false]);
  });

  test('requests of Slack that a wrong clock refuses are logged once a minute, and counted', async () => {
    const before = bot.logged.length;
    for (let i = 0; i < 5; i += 1) {
      await send(command, signed(command, seconds(-720)));
      await send(command, { ...signed(command, seconds()), 'x-slack-signature': `v0=${'1'.repeat(64)}` });
    }
    const all = bot.logged.map((one) => JSON.parse(one) as { msg: string; offSeconds?: number });
    const off = all.filter(({ msg }) => msg.includes('clock of this machine'));
    expect(off).toHaveLength(1);
    expect(all.filter(({ msg }) => msg.includes('a wrong signature'))).toHaveLength(1);
    expect(bot.logged.length - before).toBeLessThanOrEqual(2);
    const counts = await (await fetch(`${bot.origin}/metrics`)).text();
    for (const cause of ['timestamp', 'signature'])
      expect(counts).toMatch(new RegExp(`requests_refused_total\\{cause="${cause}"\\} (?:[5-9]|\\d\\d)`));
  });

  test('nothing secret was logged', () => {
    expect(bot.logged.join('\n')).not.toMatch(
      /xoxb-|playground-signing-secret|v0=[0-9a-f]{64}|response_url=/,
    );
  });
});

describe('the server in Socket Mode, with a metrics token', () => {
  let bot: WayIn;
  beforeAll(async () => {
    bot = await openWayIn('socket', { metricsToken: 'm3trics' });
  });
  afterAll(() => bot.close());

  test('there is no address for Slack', async () => {
    const response = await fetch(`${bot.origin}/slack/events`, {
      method: 'POST',
      body: command,
      headers: signed(command, seconds()),
    });
    expect(response.status).toBe(404);
  });

  test.each([
    [undefined, 401],
    ['Bearer nope', 401],
    ['m3trics', 401],
    ['Bearer m3trics', 200],
  ])('metrics with %s are answered with %d', async (authorization, status) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    expect((await fetch(`${bot.origin}/metrics`, { headers })).status).toBe(status);
  });

  test('readiness compares the connections that Slack counts with the replicas', async () => {
    const seen = async (): Promise<unknown> => {
      const { slack } = (await (await fetch(`${bot.origin}/readyz`)).json()) as {
        slack: { sockets?: object };
      };
      return slack.sockets;
    };
    expect(await bot.slack.until(seen)).toEqual({ connections: 1, replicas: 1, shared: false });
  });

  test('a connection that Slack ends is opened again, and nothing is lost', async () => {
    bot.slack.sockets.refresh('all');
    await bot.slack.until(
      () =>
        bot.logged.filter((one) => one.includes('Connected to Slack')).length > 1 &&
        bot.slack.sockets.count() > 0,
    );
    expect((await bot.slack.person('ann').types('releases', '/promote checkout')).text).toBe(
      'promote checkout: accepted',
    );
    bot.slack.sockets.drop();
    await bot.slack.until(
      () =>
        bot.logged.filter((one) => one.includes('Connected to Slack')).length > 2 &&
        bot.slack.sockets.count() > 0,
    );
    expect((await bot.slack.person('ann').types('releases', '/promote checkout')).text).toBe(
      'promote checkout: accepted',
    );
  });
});

test.each(['http', 'socket'] as const)(
  'starting over %s waits for no Slack, and it is ready when Slack comes',
  async (mode) => {
    const bot = await openWayIn(mode, { slackIsAway: true });
    try {
      expect((await fetch(`${bot.origin}/healthz`)).status).toBe(200);
      const away = await fetch(`${bot.origin}/readyz`);
      expect(away.status).toBe(503);
      expect(await away.json()).toMatchObject({ failing: ['slack'], slack: { accepted: false } });
      bot.slack.levers.up();
      await bot.slack.until(async () => (await fetch(`${bot.origin}/readyz`)).status === 200);
      await bot.slack.until(() => mode === 'http' || bot.slack.sockets.count() > 0);
      expect((await bot.slack.person('ann').types('releases', '/promote checkout')).text).toBe(
        'promote checkout: accepted',
      );
      // Slack's present state is told; an outage afterwards ends no readiness.
      bot.slack.levers.down('http-503');
      await bot.client.auth.test().catch(() => {});
      expect(await (await fetch(`${bot.origin}/readyz`)).json()).toMatchObject({
        ready: true,
        slack: { last: { outcome: 'failed' } },
      });
    } finally {
      await bot.close();
    }
  },
  30_000,
);
