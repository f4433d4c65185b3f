/** A storm of alerts as Alertmanager sends it. */
import { createHash } from 'node:crypto';
import { alertmanagerBody, sendAlertsTo } from './alerts.ts';

/** 10,000 alerts in 200 groups, over 10 s. */
export const storm = { groups: 200, alertsOfGroup: 50, overMs: 10_000 } as const;

/** A group is told of this often, each time with all its alerts so far: 1,000 alerts a second are new. */
const waves = 5;
const connections = 16;
/** Alertmanager tries again after this, ms, and after longer each time. */
const againMs = 500;

/** One delivery that was answered with 202. */
export interface Stored {
  group: number;
  alerts: number;
  /** By `performance.now()`. */
  at: number;
  /** Times that it was answered with 503 before. */
  refused: number;
}

/** A group that is about a service, and begins with this wave: in the middle of the storm. */
export interface Struck {
  service: string;
  wave: number;
}

/** Sends the storm to a bot; resolves with what was stored, once all is. `struck`: by the number of the group. */
export async function sendStorm(
  origin: string,
  { struck, onStored = () => {} }: { struck: ReadonlyMap<number, Struck>; onStored?: (one: Stored) => void },
): Promise<Stored[]> {
  const startsAt = new Date();
  const began = performance.now();
  const plan = Array.from({ length: waves * storm.groups }, (_, i) => ({
    group: i % storm.groups,
    wave: Math.floor(i / storm.groups),
    dueAt: began + (i * storm.overMs) / (waves * storm.groups),
  })).filter(({ group, wave }) => wave >= (struck.get(group)?.wave ?? 0));
  const stored: Stored[] = [];
  const queue = plan.values();
  const pause = (ms: number): Promise<void> => new Promise((end) => setTimeout(end, ms));
  const send = async (): Promise<void> => {
    for (const { group, wave, dueAt } of queue) {
      await pause(Math.max(0, dueAt - performance.now()));
      const service = struck.get(group)?.service;
      const alerts = Array.from({ length: (storm.alertsOfGroup / waves) * (wave + 1) }, (_, i) => ({
        name: `Alert${i}`,
        severity: 'warning',
        startsAt,
        ...(service !== undefined && { service }),
      }));
      const body = alertmanagerBody(nameOf(group), alerts);
      let refused = 0;
      for (;;) {
        const status = await sendAlertsTo(origin, body);
        if (status === 202) break;
        if (status !== 503) throw new Error(`alerts were answered with ${status}`);
        refused += 1;
        await pause(againMs * refused);
      }
      const one: Stored = { group, alerts: alerts.length, at: performance.now(), refused };
      stored.push(one);
      onStored(one);
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  return stored;
}

/** The id by which a group of the storm is stored. */
export function idOf(group: number, service: string | undefined): string {
  const key = ['prom', `{}:{group="${nameOf(group)}"}`, service ?? null];
  return createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 24);
}

const nameOf = (group: number): string => `group${group}`;
