import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/release/clock.ts';
import type { Color } from '../../src/release/color.ts';
import type { Router, WritePermit } from '../../src/release/ports.ts';
import { switchTraffic } from '../../src/release/switch-traffic.ts';
import type { SwitchResult } from '../../src/release/switch-traffic.ts';
import { newWriteLog } from '../../src/release/write-log.ts';
import { standStill } from '../support/stand-still.ts';

/** A router under test with the world around it. */
export interface RouterWorld {
  router: Router;
  /** What it says of both colors, which could be served. */
  could: 'yes' | 'unknown';
  /** Where traffic goes, asked past the adapter. */
  actual(): Promise<string>;
  /** Points it elsewhere past the adapter; any text. */
  set(value: Color | 'nonsense'): Promise<void>;
  /** Refuses connections, or removes socket or file, until `restore`. The answer says so in the words of `explain`. */
  cut(): Promise<void>;
  /** The next write is carried out and its answer lost. */
  loseAnswer(): void;
  /** From now on nothing is answered, or no write, until `restore`. */
  hang(what?: 'writes'): void;
  /** Milliseconds for one write; 1 s unless said otherwise. */
  writeMs?: number;
  /** It may carry a write out later than it takes it. */
  mayLag?: true;
  /** Says no to writes, until `restore`. */
  refuse(): void;
  restore(): Promise<void>;
  /** Writes that reached it. */
  writes(): number;
  stop(): Promise<void>;
}

/** Leave to write that is always given. */
export function permit(
  mayWrite: () => boolean = () => true,
  signal = new AbortController().signal,
): WritePermit {
  return { signal, mayWrite };
}

/** Switches to green, as a promote does. */
function promoteBy(router: Router): Promise<SwitchResult> {
  const colors = {
    blue: { role: 'live' as const, since: 0, version: 'v1' },
    green: { role: 'staged' as const, since: 0, version: 'v2' },
  };
  return switchTraffic(
    { clock: systemClock, store: { saveAsked: () => Promise.resolve() } },
    {
      soft: new AbortController().signal,
      alive: () => true,
      permit: () => permit(),
      loaded: () => ({ record: { service: 'checkout', colors } }),
    },
    { router, health: [], hooks: [] },
    newWriteLog(true),
    {
      color: 'green',
      epoch: 2,
      need: 'all',
      owed: false,
      deadline: systemClock.mono() + 8_000,
      pauseMs: 200,
      probe: false,
      stoppable: true,
      yields: true,
    },
  );
}

/**
 * A router that takes no write until somebody repairs it: it says the same before a switch and at the write, and
 * stays as it is.
 */
export async function takesNothing(
  router: Router,
  repair: string,
  actual: () => unknown,
  detail: unknown = expect.any(String),
): Promise<unknown> {
  const before = await actual();
  expect(await router.ready('green', new AbortController().signal)).toMatchObject([{ ready: 'no', repair }]);
  expect(await router.point('green', 2, { ...permit(), insists: true })).toMatchObject([
    { outcome: 'refused', repair, detail },
  ]);
  const after = await actual();
  expect(after).toEqual(before);
  return after;
}

/** What every router adapter does. */
export function routerContract(name: string, start: () => Promise<RouterWorld>): void {
  describe(`a router by ${name}`, () => {
    const never = new AbortController().signal;
    let world: RouterWorld;
    beforeAll(async () => {
      world = await start();
    });
    beforeEach(async () => {
      await world.restore();
      await world.set('blue');
    });
    afterAll(() => world.stop());

    const heading = async () => (await world.router.live(never))[0]?.heading;
    const outcome = async (color: Color, given = permit()) =>
      (await world.router.point(color, 2, given))[0]?.outcome;

    test('names the same instances in its list and in its answers', async () => {
      const answers = await world.router.live(never);
      expect(answers.map(({ instance }) => instance)).toEqual(world.router.instances);
      const points = await world.router.point('blue', 2, permit());
      expect(points.map(({ instance }) => instance)).toEqual(world.router.instances);
    });

    test('says of each instance whether it could serve a color', async () => {
      for (const color of ['blue', 'green'] as const) {
        const answers = await world.router.ready(color, never);
        expect(answers.map(({ instance }) => instance)).toEqual(world.router.instances);
        expect(answers.map(({ ready }) => ready)).toEqual(answers.map(() => world.could));
        expect(answers.map(({ repair }) => repair)).toEqual(answers.map(() => undefined));
      }
      await world.cut();
      expect(await world.router.ready('green', never)).toMatchObject([{ ready: 'unreachable' }]);
    });

    test('says where traffic goes now, also after somebody else changed it', async () => {
      expect(await heading()).toBe('blue');
      await world.set('green');
      expect(await heading()).toBe('green');
    });

    test('says unknown, and what was said, for a value that is no color', async () => {
      await world.set('nonsense');
      const [answer] = await world.router.live(never);
      expect(answer).toMatchObject({ heading: 'unknown', detail: expect.stringContaining('nonsense') });
    });

    test('says unreachable when nobody listens', async () => {
      await world.cut();
      const [answer] = await world.router.live(never);
      expect(answer).toMatchObject({
        heading: 'unreachable',
        detail: expect.stringMatching(/^connection refused$|^socket or file does not exist$/),
      });
    });

    test('is understood although this process stood still for longer than a question may take', async () => {
      const asked = world.router.live(never);
      standStill(2_200);
      expect((await asked)[0]).toMatchObject({ heading: 'blue' });
    });

    test('says unreachable when no answer comes', async () => {
      world.hang();
      expect(await heading()).toBe('unreachable');
    });

    test('points at a color with one write', async () => {
      const before = world.writes();
      expect(await outcome('green')).toBe('taken');
      expect(world.writes() - before).toBe(1);
      expect(await world.actual()).toBe('green');
      expect(await heading()).toBe('green');
    });

    test('takes the same color twice', async () => {
      expect(await outcome('green')).toBe('taken');
      expect(await outcome('green')).toBe('taken');
      expect(await heading()).toBe('green');
    });

    test('points only the instances that are named', async () => {
      const before = world.writes();
      expect(await world.router.point('green', 2, permit(), [])).toEqual([]);
      expect(await world.router.point('green', 2, permit(), ['somebody else'])).toEqual([]);
      expect(world.writes() - before).toBe(0);
    });

    test('writes nothing without a permit, which it asks for once the connection stands', async () => {
      const before = world.writes();
      let asked = 0;
      const refused = permit(() => {
        asked += 1;
        return false;
      });
      expect(await outcome('green', refused)).toBe('unreachable');
      expect(asked).toBe(1);
      await world.cut();
      expect(await outcome('green', refused)).toBe('unreachable');
      expect(asked).toBe(1);
      await world.restore();
      expect(world.writes() - before).toBe(0);
      expect(await world.actual()).toBe('blue');
    });

    test('writes nothing once its signal has aborted', async () => {
      const before = world.writes();
      expect(
        await outcome(
          'green',
          permit(() => true, AbortSignal.abort()),
        ),
      ).toBe('unreachable');
      expect(world.writes() - before).toBe(0);
    });

    test('calls a write unreachable when nobody listens', async () => {
      await world.cut();
      expect(await outcome('green')).toBe('unreachable');
    });

    test('calls a write unclear when its answer is lost, and does not write again by itself', async () => {
      const before = world.writes();
      world.loseAnswer();
      expect(await outcome('green')).toBe('unclear');
      expect(world.writes() - before).toBe(1);
      expect(await heading()).toBe('green');
    });

    test('gives a write up as unclear when its time is over', async () => {
      const { writeMs = 1_000 } = world;
      world.hang('writes');
      const startedAt = performance.now();
      expect(await outcome('green')).toBe('unclear');
      expect(performance.now() - startedAt).toBeGreaterThan(writeMs - 100);
      expect(performance.now() - startedAt).toBeLessThan(writeMs + 1_000);
    });

    test('ends at once when aborted in a write, which is then unclear', async () => {
      world.hang('writes');
      const stop = new AbortController();
      const startedAt = performance.now();
      const mayWrite = () => {
        setTimeout(() => stop.abort(), 50);
        return true;
      };
      expect(await outcome('green', permit(mayWrite, stop.signal))).toBe('unclear');
      expect(performance.now() - startedAt).toBeLessThan(800);
    });

    test('tells of somebody who undoes a write at once, and does not write over that in silence', async () => {
      const { router } = world;
      let undone = false;
      const contested: Router = {
        ...router,
        async point(...given) {
          const answers = await router.point(...given);
          if (!undone) await world.set('blue');
          undone = true;
          return answers;
        },
      };
      const { end, notes = [], cause } = await promoteBy(contested);
      expect(undone).toBe(true);
      // Where a write may be carried out later, nobody knows whether somebody undid it.
      const told = world.mayLag ? /^$/ : /took green, and then .*blue|somebody else changed/;
      expect((end === 'there' ? notes : [cause]).join('; ')).toMatch(told);
    });

    test('calls a write refused when the router says no', async () => {
      world.refuse();
      expect(await outcome('green')).toBe('refused');
      expect(await world.actual()).toBe('blue');
    });
  });
}
