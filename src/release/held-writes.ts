/** Lets the writes of clients wait in the router while a switch moves traffic. See docs/held-writes.md. */
import { formatDuration } from './duration.ts';
import type { Parts } from './parts.ts';
import type { Adapters } from './ports.ts';
import type { HeldWrites } from './write-hold.ts';
import { withTimeout } from './with-timeout.ts';

/** How long the router may take to begin a hold, ms: clients of the instances that answered wait meanwhile. */
const beganMs = 300;
/** How long it may take to end one, ms; asked twice. */
const endedMs = 1_000;

/**
 * Does a switch, in which `holding.begin` lets writes wait, or stops them. They go on when it ends, whatever became of
 * it. Adds what waited, and why something did not, to its result.
 */
export async function underHold<R extends { held?: HeldWrites; notes?: string[] }>(
  parts: Pick<Parts, 'clock'>,
  adapters: Pick<Adapters, 'router'>,
  work: (holding: Holding) => Promise<R>,
  holding = holdWrites(parts, adapters),
): Promise<R> {
  let result: R;
  try {
    result = await work(holding);
  } catch (cause) {
    await holding.end();
    throw cause;
  }
  // Where it was verified, it has ended already.
  const held = result.held ?? (await holding.end());
  const notes = [...(result.notes ?? []), ...holding.failures];
  return { ...result, ...(held && { held }), ...(notes.length > 0 && { notes }) };
}

/** The hold of one switch. */
export interface Holding {
  /** Writes wait from now on; the second call does nothing. A switch goes on without a hold, unless it is `refused`. */
  begin(): Promise<void>;
  /** Writes go on, to where traffic goes now. Resolves to what waited; undefined: nothing was held, or nobody knows. */
  end(): Promise<HeldWrites | undefined>;
  /** Why writes did not wait, where they should have; sentences without their full stop. */
  readonly failures: readonly string[];
  /** Why the router must not be touched: a sentence without its full stop. */
  readonly refused?: string | undefined;
  /** True: another operation, or another process, has this one's place. Nothing may be saved for it any more. */
  readonly lost?: boolean;
}

/** Makes the hold of one switch. The router ends it by itself after a while, so a process that dies leaves none. */
function holdWrites({ clock }: Pick<Parts, 'clock'>, { router }: Pick<Adapters, 'router'>): Holding {
  const { writes } = router;
  const failures: string[] = [];
  // Another process that goes on with this switch has a hold of its own.
  const id = crypto.randomUUID();
  let state: 'before' | 'held' | 'over' = 'before';
  return {
    failures,
    async begin() {
      if (writes === undefined || state !== 'before') return;
      state = 'held';
      try {
        const answers = await withTimeout(clock, beganMs, (signal) => writes.hold(id, signal));
        for (const { instance, held, detail } of answers)
          if (!held) failures.push(`${instance} did not hold writes${detail ? `: ${detail}` : ''}`);
      } catch {
        failures.push('the router did not hold writes in time');
      }
    },
    async end() {
      if (writes === undefined || state !== 'held') return undefined;
      state = 'over';
      const release = async (): ReturnType<typeof writes.release> =>
        withTimeout(clock, endedMs, (signal) => writes.release(id, signal)).catch(() => ({
          silent: ['the router'],
        }));
      let said = await release();
      if (said.silent.length > 0) said = await release();
      if (said.silent.length > 0)
        failures.push(
          `${said.silent.join(', ')} did not answer at the end: writes may wait for up to ${formatDuration(writes.maxMs)}`,
        );
      return said.held;
    },
  };
}

/** `writes waited 41 ms (62 requests)`, or `writes were stopped for 41 ms`, for people. */
export function heldWords({ ms, requests, refused, stopped }: HeldWrites): string {
  if (stopped) return `writes were stopped for ${ms} ms`;
  if (requests === 0) return 'no write had to wait';
  const none = refused === 0 ? '' : `, ${refused} of them got an error`;
  return `writes waited ${ms} ms (${requests} ${requests === 1 ? 'request' : 'requests'}${none})`;
}
