/** Services whose releases are reverted by themselves, for tests with real processes. */
import { alertSources, alertsToken } from '../support/alerts.ts';
import { openVillage } from '../support/replicas.ts';
import type { Process, Village } from '../support/replicas.ts';
import { until } from '../support/until.ts';
import type { Countdown } from '../../src/release/auto-revert/state.ts';

/** Opens a village with a process, and stages a release of each service. `critical`: those that alerts revert. */
export async function openCounting(
  afters: Record<string, string>,
  critical: readonly string[] = [],
): Promise<{ village: Village; first: Process }> {
  const services = Object.keys(afters);
  const village = await openVillage({
    services,
    settings: (service, desk) => {
      const after = afters[service] ?? '6s';
      if (!critical.includes(service)) return desk.autoRevert(service, after);
      return { promotion: { bake: '5m', autoRevert: { on: ['critical'], sources: ['prom'], after } } };
    },
    file: { alerts: alertSources },
    env: { ALERTS_TOKEN: alertsToken },
  });
  const first = await village.startProcess();
  village.delivers(first);
  const staging = services.map(async (service) => {
    await village.until(service, 'adopted', ({ state }) => state === 'idle');
    await village.orders(service, `stage ${service} v2`);
    await village.until(service, 'staged', ({ state }) => state === 'staged');
  });
  await Promise.all(staging);
  return { village, first };
}

/** Waits for a countdown that nobody holds, and that is not `before`. */
export async function counting(village: Village, service: string, before?: Countdown): Promise<Countdown> {
  const { autoRevert } = await village.until(service, 'counting down', (record) => {
    const countdown = record.autoRevert?.countdown;
    return countdown != null && countdown.hold === undefined && countdown.id !== before?.id;
  });
  if (!autoRevert?.countdown) throw new Error('no countdown');
  return autoRevert.countdown;
}

/** Promotes, with the number of the service beyond its limit; waits for the countdown. */
export async function promotedInto(village: Village, service: string): Promise<Countdown> {
  village.desk.number(service, 1);
  await village.orders(service, `promote ${service}`);
  return counting(village, service);
}

/** Waits until a countdown is over, by so many ms. */
export async function passed({ endsAt }: Countdown, ms: number): Promise<void> {
  await until('the end has passed', () => Date.now() > endsAt + ms);
}

/** Waits until traffic is back on blue. Returns who reverted, oldest first, and how often the router was written. */
export async function reverted(
  village: Village,
  service: string,
): Promise<{ by: unknown[]; writes: number; heading: string }> {
  await village.until(service, 'reverted', ({ state, live }) => state === 'idle' && live === 'blue');
  const history = await village.history(service);
  return {
    by: history.filter(({ what }) => what === 'reverted').map(({ actor }) => actor),
    writes: village.writes(service).length,
    heading: await village.heading(service),
  };
}

/** One revert by itself: after the write of the promote. */
export const once = { by: [{ kind: 'system', rule: 'auto-revert' }], writes: 2, heading: 'blue' };

/** What stands where nothing was reverted. */
export async function kept(village: Village, service: string) {
  const { live, autoRevert } = await village.record(service);
  const whats = (await village.history(service)).map(({ what }) => what);
  const heading = await village.heading(service);
  return { live, heading, countdown: autoRevert?.countdown, reverts: whats.includes('revert') };
}

/** Traffic stays on green, and nothing counts down. */
export const stays = { live: 'green', heading: 'green', countdown: null, reverts: false };
