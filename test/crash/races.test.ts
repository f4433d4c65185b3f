import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

const services = ['s1', 's2', 's3', 's4', 's5'];
const rounds = 5;
let village: Village;

beforeAll(async () => {
  village = await openVillage({ services, settings: () => ({ revert: { lockAfterRevert: false } }) });
  village.delivers(await village.startReplica(), await village.startReplica());
  await Promise.all(
    services.map((service) => village.until(service, 'adopted', ({ state }) => state === 'idle')),
  );
});
afterAll(() => village.close());

/** The card of the newest release, as soon as it has this button. */
function cardWith(service: string, button: string): Promise<Message> {
  const { slack } = village;
  return until(`a card with ${button}`, () =>
    slack
      .channel(service)
      .messages()
      .findLast((message) => slack.look(message).buttons.some(({ actionId }) => actionId === button)),
  );
}

async function count(service: string, what: string): Promise<number> {
  return (await village.history(service)).filter((entry) => entry.what === what).length;
}

/** Everybody promotes at once, then everybody reverts at once: by presses and by words, to both replicas. */
async function round(service: string, number: number): Promise<void> {
  const person = village.slack.person(service);
  const press = async (card: Message, button: string): Promise<unknown> =>
    person.presses(card, button, { accept: true });
  await village.orders(service, `stage ${service} v2`);
  await village.until(service, 'staged', ({ state }) => state === 'staged');
  const stagedCard = await cardWith(service, 'release.promote');
  await Promise.all([
    press(stagedCard, 'release.promote'),
    village.types(service, `promote ${service}`),
    press(stagedCard, 'release.promote'),
    village.types(service, `promote ${service}`),
  ]);
  await village.until(service, 'baking', ({ state }) => state === 'baking');
  expect(await count(service, 'promote'), 'promotes').toBe(number);
  expect(village.writes(service), 'switches').toHaveLength(2 * number - 1);

  const bakingCard = await cardWith(service, 'release.revert');
  await Promise.all([
    village.types(service, `revert ${service}`),
    press(bakingCard, 'release.revert'),
    village.types(service, `promote ${service}`),
    village.types(service, `revert ${service} too slow`),
  ]);
  await village.until(service, 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
  expect(await count(service, 'revert'), 'reverts').toBe(number);
  expect(await count(service, 'reverted'), 'reverts that ended').toBe(number);
  expect(village.writes(service), 'switches').toHaveLength(2 * number);
  expect(await village.record(service)).toMatchObject({ epoch: 1 + 2 * number, drift: null });
  expect(await village.heading(service)).toBe('blue');
}

it('two replicas make one intent and one switch of presses, commands and reverts that come at the same time', async () => {
  await Promise.all(
    services.map(async (service) => {
      for (let number = 1; number <= rounds; number += 1) await round(service, number);
    }),
  );
  expect(village.proxy.writes()).toHaveLength(2 * rounds * services.length);
});

it('two replicas carry out one revert when promotes and reverts come at the same time', async () => {
  await Promise.all(
    services.map(async (service) => {
      await village.orders(service, `stage ${service} v2`);
      await village.until(service, 'staged', ({ state }) => state === 'staged');
      const before = village.writes(service).length;
      const reverts = await count(service, 'reverted');
      await village.orders(service, `promote ${service}`);
      await Promise.all([
        village.types(service, `revert ${service}`),
        village.types(service, `revert ${service}`),
        village.types(service, `promote ${service}`),
      ]);
      await village.until(
        service,
        'reverted',
        ({ state, live, op }) => state === 'idle' && live === 'blue' && op === null,
      );
      expect(await count(service, 'reverted')).toBe(reverts + 1);
      expect([0, 2]).toContain(village.writes(service).length - before);
      expect(await village.heading(service)).toBe('blue');
    }),
  );
});
