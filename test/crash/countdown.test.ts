import { afterAll, beforeAll, expect, it } from 'vitest';
import { age } from '../support/age.ts';
import { alertmanagerBody, sendAlertsTo } from '../support/alerts.ts';
import type { Process, Village } from '../support/replicas.ts';
import { counting, kept, once, openCounting, passed, promotedInto, reverted, stays } from './counting.ts';

const services = ['thrice', 'settled', 'resolved', 'held', 'ended', 'late', 'gone'];

let village: Village;
let first: Process;

beforeAll(async () => {
  const afters = Object.fromEntries(services.map((service) => [service, '6s']));
  ({ village, first } = await openCounting(afters, ['resolved']));
});
afterAll(() => village.close());

async function heldThrice(): ReturnType<typeof reverted> {
  let countdown = await promotedInto(village, 'thrice');
  for (let time = 1; time <= 3; time += 1) {
    await village.orders('thrice', 'hold thrice load test');
    await village.orders('thrice', 'resume thrice');
    countdown = await counting(village, 'thrice', countdown);
  }
  expect((await village.types('thrice', 'hold thrice')).text).toContain('hold-limit');
  return reverted(village, 'thrice');
}

async function settled(): ReturnType<typeof kept> {
  const countdown = await promotedInto(village, 'settled');
  await village.orders('settled', 'settle settled');
  await passed(countdown, 2_000);
  return kept(village, 'settled');
}

async function resolved(): ReturnType<typeof kept> {
  await village.orders('resolved', 'promote resolved');
  await village.until('resolved', 'baking', ({ state }) => state === 'baking');
  const startsAt = new Date();
  const send = (status: 'firing' | 'resolved'): Promise<number> =>
    sendAlertsTo(first.events, alertmanagerBody('g', [{ service: 'resolved', status, startsAt }]));
  expect(await send('firing')).toBe(202);
  const countdown = await counting(village, 'resolved');
  await passed(countdown, -2_000);
  expect(await send('resolved')).toBe(202);
  await passed(countdown, 2_000);
  return kept(village, 'resolved');
}

it('a countdown is held three times, ends when a person settles, and when its alert is resolved just before', async () => {
  expect(await Promise.all([heldThrice(), settled(), resolved()])).toEqual([once, stays, stays]);
  expect(village.transcript('resolved')).toContain(
    'The critical alert is resolved, silenced or less severe.',
  );
});

it('a countdown and a hold outlive the process that is killed in them, and whoever is started after their end', async () => {
  const holding = ['held', 'ended'].map(async (service) => {
    await promotedInto(village, service);
    await village.orders(service, `hold ${service} load test`);
  });
  await Promise.all(holding);
  const [late, gone] = await Promise.all([promotedInto(village, 'late'), promotedInto(village, 'gone')]);
  await first.stop('SIGKILL');
  const { autoRevert: heldBefore } = await village.record('held');
  village.desk.number('gone', 0);
  await age(village, 'ended', 601_000);
  await passed(late, 500);
  await passed(gone, 500);
  village.delivers(await village.startProcess());

  expect((await village.record('held')).autoRevert).toEqual(heldBefore);
  await village.orders('held', 'resume held');
  const again = await counting(village, 'late', late);
  expect(again.endsAt - again.startedAt).toBe(6_000);
  const alike = ['late', 'ended', 'held'].map((service) => reverted(village, service));
  expect(await Promise.all(alike)).toEqual([once, once, once]);
  await village.until('gone', 'called off', ({ autoRevert }) => autoRevert?.countdown === null);
  expect(await kept(village, 'gone')).toEqual(stays);
});
