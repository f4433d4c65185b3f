/** Deliveries that were answered as stored, and that a failover of the storage lost. */
import { expect, it } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { makeLedger } from '../../src/release/accepted-commands.ts';
import { makeTake } from '../../src/release/alerts/take.ts';
import { takingAgain } from '../../src/release/alerts/take-again.ts';
import type { ServerWatch } from '../../src/release/server-watch.ts';
import { alertWorld } from '../support/alert-world.ts';

it('are stored once more on the new server, each in its turn, as long as they may have been lost', async () => {
  const { clock, parts, alert } = alertWorld();
  const before = openMemory({ clock });
  const after = openMemory({ clock });
  parts.alerts = before.alerts;
  let tell = (_up: boolean): void => {};
  const server: ServerWatch = {
    changedAt: () => undefined,
    watch: (fn) => {
      tell = fn;
      return () => {};
    },
  };
  const ledger = makeLedger(server, { clock, log: parts.log }, new AbortController().signal);
  const take = takingAgain(makeTake(parts, clock), ledger, clock);
  const deliver = (id: string, status: 'firing' | 'resolved'): Promise<void> => {
    const one = alert({ status, ...(status === 'resolved' && { endedAt: clock.now() }) });
    const delivery = { source: 'am', group: id, alerts: [one], truncated: 0 };
    return take(
      delivery,
      () => id,
      () => 'checkout',
    );
  };
  const status = async (id: string): Promise<string | undefined> =>
    (await after.alerts.load(id)).group?.status;

  await deliver('old', 'firing');
  await clock.advance(16_000);
  await deliver('ended', 'firing');
  await deliver('firing', 'firing');
  await clock.advance(1_000);
  await deliver('ended', 'resolved');

  tell(false);
  // However long the storage is away.
  await clock.advance(30_000);
  parts.alerts = after.alerts;
  tell(true);
  await ledger.idle();
  expect(await status('firing')).toBe('firing');
  expect(await status('ended')).toBe('resolved');
  expect(await status('old')).toBeUndefined();

  const { revision } = await after.alerts.load('firing');
  tell(false);
  tell(true);
  await ledger.idle();
  expect((await after.alerts.load('firing')).revision).toBe(revision);
});
