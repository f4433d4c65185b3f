import { idleColor } from '../release.ts';
import type { ServiceRecord } from '../release.ts';
import type { Parts } from '../parts.ts';
import type { Adapters } from '../ports.ts';
import { askOnce } from '../steps/check.ts';
import { withTimeout } from '../with-timeout.ts';

/** How often the way back is asked, and how long one answer may take, ms. */
const everyMs = 2_000;
const askedMs = 10_000;

/** Asks after a bake whether the way back still answers: the bake itself no longer looks. */
export interface WayBackWatch {
  /** Asks if it is time to, and waits for no answer. Returns true after so many bad answers in a row. */
  isDead(record: ServiceRecord, adapters: Adapters, failures: number): boolean;
  end(): void;
}

/** Makes the watch of one way back, until `over` aborts. The count is in memory: another process begins at zero. */
export function watchWayBack({ clock, log }: Pick<Parts, 'clock' | 'log'>, over: AbortSignal): WayBackWatch {
  const ended = new AbortController();
  const stopping = AbortSignal.any([over, ended.signal]);
  let bad = 0;
  let askAt = Number.NEGATIVE_INFINITY;
  const ask = async (record: ServiceRecord, { health }: Adapters): Promise<void> => {
    const color = idleColor(record);
    const version = record.colors[color].version ?? undefined;
    try {
      const { healthy } = await withTimeout(
        clock,
        askedMs,
        (signal) => askOnce(health, color, version, signal),
        stopping,
      );
      bad = healthy ? 0 : bad + 1;
    } catch (cause) {
      if (!stopping.aborted)
        log.warn({ service: record.service, err: cause }, 'The way back could not be asked');
    }
    askAt = clock.mono() + everyMs;
  };
  return {
    isDead(record, adapters, failures) {
      if (clock.mono() >= askAt) {
        askAt = Number.POSITIVE_INFINITY;
        void ask(record, adapters);
      }
      return bad >= failures;
    },
    end: () => ended.abort('ended'),
  };
}
