import { createHash } from 'node:crypto';

/** The ids that are the same in every run. */
export const FIXED = {
  app: 'A0SWITCH',
  botUser: 'U0SWITCHBOT',
  bot: 'B0SWITCH',
  team: 'T0PLAY',
  domain: 'play',
} as const;

/** Makes ids that repeat from run to run, and Slack timestamps that are unique within one. */
export interface Ids {
  /** `prefix` and a counter in capitals: `V00001`. */
  next(prefix: string): string;
  /** A word that cannot be guessed by counting, the same in every run. */
  secret(): string;
  /** A message timestamp, later than all before it. */
  ts(): string;
}

/** Makes ids over the workspace's own clock, in milliseconds. */
export function makeIds(now: () => number): Ids {
  let count = 0;
  let lastMicros = 0;
  return {
    next(prefix) {
      count += 1;
      return `${prefix}${count.toString(36).toUpperCase().padStart(5, '0')}`;
    },
    secret() {
      count += 1;
      return createHash('sha256').update(`switchback ${count}`).digest('hex').slice(0, 24);
    },
    ts() {
      lastMicros = Math.max(Math.floor(now() * 1000), lastMicros + 1);
      const micros = String(lastMicros % 1_000_000).padStart(6, '0');
      return `${Math.floor(lastMicros / 1_000_000)}.${micros}`;
    },
  };
}
