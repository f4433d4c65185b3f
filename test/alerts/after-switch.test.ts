/** What an alert says of the way back: where a revert goes, that it would be refused, and that one was just carried out. */
import { beforeEach, expect, test } from 'vitest';
import { alertWorld, minute } from '../support/alert-world.ts';

const bob = { kind: 'slack', user: 'U0BOB', team: 'T' } as const;
let world: ReturnType<typeof alertWorld>;
beforeEach(() => {
  world = alertWorld();
});

const failing = (more = {}) =>
  world.alert({ severity: 'critical', title: 'HighErrorRate', summary: '5 % of requests fail', ...more });

test('the card says first what is wrong and where, then how long after the switch, and where a revert goes', async () => {
  await world.record({ state: 'baking', releases: [world.release()] });
  await world.clock.advance(17_000);
  await world.deliver([failing({ labels: { color: 'green' } })]);
  const { lock, text } = await world.card();
  const [heading, sentence, last, ...more] = text.split('\n');
  expect(lock).toBe('🚨 checkout: 5 % of requests fail on 🟢 green v2');
  expect(heading).toBe('🚨 *checkout*: 5 % of requests fail on 🟢 green v2');
  expect(sentence).toBe('Fired 17 s after release #7 went live. Revert goes back to 🔵 blue v1.');
  expect(last).toMatch(/^HighErrorRate · critical · since .* · prom · `aaaaaa`$/);
  expect(more).toEqual([]);
});

test('an alert that is over is described in the past tense, with what it said', async () => {
  const alert = failing();
  await world.deliver([alert]);
  await world.clock.advance(24_000);
  await world.deliver([{ ...alert, status: 'resolved', endedAt: world.clock.now() }]);
  const { lock, text } = await world.card();
  expect(lock).toBe('✅ checkout: HighErrorRate resolved after 24 s');
  expect(text).toMatch(/was critical · fired .* · prom · it said: “5 % of requests fail”/);
});

test('a card whose way back is down says so, and its Revert is not red', async () => {
  const now = world.clock.now();
  const bake = {
    release: 'r1',
    startedAt: now,
    until: now + 10 * minute,
    verdict: 'unhealthy' as const,
    wayBack: 'dead' as const,
    hooksDone: true,
  };
  await world.record({ state: 'baking', releases: [world.release()], bake });
  await world.deliver([failing()]);
  const { text, buttons } = await world.card();
  expect(text).toContain(
    'blue v1 is down too. If nothing that both share is broken, start it, then revert. Until it answers, Revert is refused unless forced.',
  );
  expect(text).not.toContain('Revert goes back');
  expect(buttons[0]).toBe('release.revert');
  expect((await world.said()).at(-1)).toContain('blue v1 is down too');
});

test('an alert that fires after a revert is compared with that revert, and there is no way back', async () => {
  const since = world.clock.now();
  const release = world.release({ status: 'reverted', revertedBy: bob, revertedAt: since, revertMs: 100 });
  const colors = {
    blue: { role: 'live' as const, version: 'v1', since },
    green: { role: 'reverted' as const, version: 'v2', since },
  };
  const lock = {
    holder: { kind: 'system', rule: 'revert' } as const,
    reason: 'reverted from v2',
    since,
    until: null,
    remindAt: null,
  };
  await world.record({ state: 'idle', live: 'blue', epoch: 3, colors, releases: [release], lock });
  await world.clock.advance(4_000);
  await world.deliver([failing()]);
  const { text, labels } = await world.card();
  expect(text).toContain("Fired 4 s after <@U0BOB>'s revert to blue v1.");
  expect(text).toContain('No release to go back to; checkout is locked. Check 🔵 blue v1 itself.');
  expect(labels).toEqual(['Acknowledge', 'Silence…', 'Close']);
  expect((await world.said()).at(-1)).toContain(
    "Fired 4 s after @U0BOB's revert to blue v1. No release to go back to; checkout is locked.",
  );
  await world.clock.advance(31 * minute);
  expect((await world.card()).text).not.toContain('revert to blue');
});
