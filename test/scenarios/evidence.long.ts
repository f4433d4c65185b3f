/** How soon, and how surely, the message about an alert says what a revert would do, with real servers and Slack's limits. */
import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from '../../src/release/release.ts';
import { dice } from '../support/dice.ts';
import { pairPath, sharedShop, usersFail } from '../support/shop.ts';
import type { Shop } from '../support/shop.ts';
import { until } from '../support/until.ts';

const [helping, hurting] = ['Reverting will very likely help.', 'Reverting would make it worse.'];
const noHelp = 'Reverting will not help: look at what they share.';

/** Names of so many services. */
const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
/** Services with the usual settings. */
const usual = (names: readonly string[]) => (): Record<string, object> =>
  Object.fromEntries(names.map((name) => [name, {}]));

/** When the alert's message came, and when it first said these words, in ms since 1970. Undefined: not so far. */
function told({ town, alert }: Shop, service: string, words: string) {
  const ts = alert(service, usersFail)?.ts;
  const about = town()
    .slack.calls()
    .filter(({ args, answer }) => ts !== undefined && (args['ts'] ?? answer['ts']) === ts);
  return {
    came: about[0]?.at,
    said: about.find(({ args }) => JSON.stringify(args['text'] ?? '').includes(words))?.at,
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
const print = (what: string, all: readonly unknown[]): void =>
  void process.stdout.write(`\n${what}: ${all.join(', ')}\n`);

describe('a dead live color', () => {
  const names = named('dead', 10);
  const shop = sharedShop(usual(names));

  it('is told within 8 s of its death, or 5 s of the alert, each time', async () => {
    const late: unknown[] = [];
    const seen: string[] = [];
    for (const name of names) {
      const { green, channel } = await shop.compared(name);
      const diedAt = Date.now();
      await green.die();
      await shop
        .town()
        .slack.until(() => told(shop, name, helping).said, { channel, what: helping, withinMs: 60_000 });
      const { came = 0, said = 0 } = told(shop, name, helping);
      seen.push(`${seconds(said - diedAt)} s (alert ${seconds(came - diedAt)} s)`);
      if (said > Math.max(diedAt + 8_000, came + 5_000)) late.push(seen.at(-1));
    }
    print('A dead live color is told after', seen);
    expect(late).toEqual([]);
  });
});

describe('a live color that fails in 5 %', () => {
  const names = named('some', 20);
  const shop = sharedShop(usual(names));

  it('is told within 3 min in nine of ten cases', async () => {
    const places = await Promise.all(names.map(shop.compared));
    const beganAt = Date.now();
    for (const { name, green } of places) {
      const [pairs, users] = [dice(1, name), dice(2, name)];
      green.levers.fails = (path) => (path === pairPath ? pairs() : users()) < 0.05;
    }
    const saidAt = () => names.map((name) => told(shop, name, helping).said ?? Infinity);
    await until(
      'three minutes are over, or all is said',
      () => Date.now() > beganAt + 185_000 || saidAt().every(Number.isFinite),
      200_000,
      500,
    );
    const after = saidAt()
      .map((at) => seconds(at - beganAt))
      .toSorted((one, two) => one - two);
    print('5 % of errors are told after, s', after);
    expect(names.filter((name) => shop.everSaid(name, hurting) || shop.everSaid(name, noHelp))).toEqual([]);
    expect(after.filter((s) => s <= 180).length).toBeGreaterThanOrEqual(18);
  });
});

describe('a dead server that both colors need', () => {
  const names = named('shared', 20);
  const promotion = {
    bake: '10m',
    autoRevert: { on: ['compare', 'critical'], sources: ['prom'], after: '20s' },
  };
  const shop = sharedShop(() => Object.fromEntries(names.map((name) => [name, { promotion }])));

  it('never makes a revert look good, in twenty of twenty cases', async () => {
    const places = await Promise.all(names.map(shop.compared));
    const diedAt = Date.now();
    await Promise.all(names.map((name) => shop.stock(name).die()));
    await Promise.all(
      places.map((place) => place.until('known', ({ evidence }) => evidence?.now === 'does-not-help')),
    );
    print('Known by all 20 records after, s', [seconds(Date.now() - diedAt)]);
    await until('all messages say it', () =>
      names.every((name) => told(shop, name, noHelp).said !== undefined),
    );
    print(
      'Told by the alerts after, s',
      names.map((name) => seconds((told(shop, name, noHelp).said ?? 0) - diedAt)),
    );
    const lasts = ({ evidence }: ServiceRecord): boolean => evidence?.steady === 'does-not-help';
    await Promise.all(places.map((place) => place.until('it lasts', lasts, 120_000)));
    expect(names.filter((name) => shop.everSaid(name, helping) || shop.everSaid(name, hurting))).toEqual([]);
    const records = await Promise.all(places.map((place) => place.record()));
    expect(records.map(({ live, evidence }) => `${live} ${evidence?.now}`)).toEqual(
      names.map(() => 'green does-not-help'),
    );
    // A critical alert fires for each of them, and may revert.
    expect(
      records.map(({ autoRevert, releases }) => autoRevert?.countdown ?? releases[0]?.revertedBy ?? null),
    ).toEqual(names.map(() => null));
  });
});

describe('colors that come and go', { concurrent: true }, () => {
  const shop = sharedShop(usual(['one', 'both']));
  /** A color is down for so many pairs, and then up for so many. */
  const outage = async (name: string, color: 'blue' | 'green', down: number, up: number): Promise<void> => {
    const server = shop.at(name)[color];
    await server.die();
    await shop.pairs(name, down);
    await server.revive();
    await shop.pairs(name, up);
  };

  it('only the live one: it is told until the last outage is a minute ago', async () => {
    const one = await shop.compared('one');
    while ((await one.record()).evidence?.steady !== 'helps') await outage('one', 'green', 6, 6);
    expect((await one.record()).evidence?.now).toBe('helps');
    const healedAt = Date.now();
    await one.until('now is over', ({ evidence }) => evidence?.now === 'no-difference', 90_000);
    const nowAt = Date.now();
    await one.until('steady is over', ({ evidence }) => evidence?.steady === 'no-difference', 90_000);
    print('The verdicts ended after, s', [seconds(nowAt - healedAt), seconds(Date.now() - healedAt)]);
    expect(nowAt - healedAt).toBeLessThan(62_000);
    expect(shop.everSaid('one', hurting)).toBe(false);
  });

  it('both in turn, 3 s each: nothing is told', async () => {
    const both = await shop.compared('both');
    for (let turn = 0; turn < 6; turn += 1) {
      await outage('both', 'green', 6, 24);
      await outage('both', 'blue', 6, 24);
    }
    expect([helping, hurting, noHelp].filter((words) => shop.everSaid('both', words))).toEqual([]);
    expect((await both.record()).evidence?.steady).not.toBe('helps');
  });
});
