import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Router, WritePermit } from '../../src/release/ports.ts';
import { newHand } from '../../src/routers/aws-alb-hand.ts';
import { albService } from '../support/alb-world.ts';
import type { AlbService } from '../support/alb-world.ts';
import { forward, startElb } from '../support/elb.ts';
import type { Elb } from '../support/elb.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let elb: Elb;
let service: AlbService;
let router: Router;
beforeAll(async () => {
  elb = await startElb();
});
beforeEach(() => {
  service = albService(elb);
  router = service.router();
});
afterEach(() => Object.assign(elb.levers, { before: undefined, after: undefined }));
afterAll(async () => {
  vi.unstubAllEnvs();
  await elb.stop();
});

const split = () => [forward({ [service.blue]: 50, [service.green]: 50 })];
const insisting = (): WritePermit => ({ ...permit(), insists: true });
const told = /^somebody else changed the rule: now it forwards /;

describe('a change of somebody else', () => {
  test('after the question and before the write is reported, and not overwritten', async () => {
    await router.live(never);
    elb.setActions(service.rule, split());
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await router.point('green', 2, permit())).toMatchObject([
        {
          outcome: 'refused',
          detail:
            'somebody else changed the rule: now it forwards 50 to checkout-blue and 50 to checkout-green; that is not overwritten',
        },
      ]);
      expect(await router.live(never)).toMatchObject([{ heading: 'unknown' }]);
    }
    expect(elb.actions(service.rule)).toEqual(split());
  });

  test('after our write is reported, and neither the switch nor its way back overwrites it', async () => {
    await router.live(never);
    await router.point('green', 2, permit());
    expect(await router.live(never, 'green')).toMatchObject([{ heading: 'green' }]);
    elb.setActions(service.rule, split());
    await router.live(never, 'green');
    const detail = expect.stringMatching(told) as string;
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'refused', detail }]);
    expect(await router.point('blue', 1, permit())).toMatchObject([{ outcome: 'refused', detail }]);
    expect(elb.actions(service.rule)).toEqual(split());
  });

  test('that puts back what was there before is not overwritten either', async () => {
    await router.point('green', 2, permit());
    elb.setActions(service.rule, [service.all('blue')]);
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'refused' }]);
    // The way back wants the same.
    expect(await router.point('blue', 1, permit())).toMatchObject([{ outcome: 'taken' }]);
  });

  test('right after our write makes that unclear', async () => {
    elb.levers.after = () => elb.setActions(service.rule, split());
    expect(await router.point('green', 2, permit())).toMatchObject([
      { outcome: 'unclear', detail: expect.stringMatching(/right after our write$/) as string },
    ]);
  });

  test('is overwritten for a person who insists, and reported', async () => {
    await router.point('green', 2, permit());
    elb.setActions(service.rule, split());
    expect(await router.point('blue', 3, insisting())).toMatchObject([
      { outcome: 'taken', detail: expect.stringMatching(/that is overwritten$/) as string },
    ]);
    expect(elb.actions(service.rule)).toEqual([service.all('blue')]);
  });

  test('shows also where the lease did not cover the first write', async () => {
    await router.point('green', 2, permit());
    elb.setActions(service.rule, split());
    const short = { ...insisting(), mayWrite: () => false };
    expect(await router.point('blue', 3, short)).toMatchObject([{ outcome: 'unreachable' }]);
    expect(await router.point('blue', 3, insisting())).toMatchObject([
      { outcome: 'taken', detail: expect.stringMatching(/that is overwritten$/) as string },
    ]);
  });

  test('is overwritten by a later switch, which began where it was known', async () => {
    await router.point('green', 2, permit());
    elb.setActions(service.rule, [service.all('blue')]);
    await router.live(never);
    expect(await router.point('green', 4, permit())).toEqual([
      { instance: router.instances[0], outcome: 'taken' },
    ]);
  });
});

describe('the memory of reads and writes', () => {
  const blue = { heading: 'blue', says: 'forwards all to b' } as const;
  const green = { heading: 'green', says: 'forwards all to g' } as const;

  test('counts for a minute', () => {
    let now = 0;
    const hand = newHand('rule', () => now);
    hand.writes(blue, green.says, 2);
    hand.saw(green);
    hand.saw(blue);
    expect(hand.against(blue, 'green', 2, false)).toMatch(told);
    now = 60_001;
    hand.saw(blue);
    expect(hand.against(blue, 'green', 2, false)).toBeUndefined();
  });

  test('is not somebody else while a write of ours is not seen yet', () => {
    const hand = newHand('rule');
    hand.saw(blue);
    hand.writes(blue, green.says, 2);
    hand.saw(blue);
    expect(hand.against(blue, 'green', 2, false)).toBeUndefined();
    expect(hand.changedAfter(blue)).toBeUndefined();
  });
});
