import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { TurnOrder } from '../release/data.ts';

/** The steps, in their order. `abandon` instead of `cut`: by force, without the last rows. */
export type Step = 'pause' | 'close' | 'sequences' | 'cut' | 'abandon' | 'follow' | 'open' | 'resume';

/** What the steps that were begun say, which the databases do not. */
export interface Past {
  /** Both sides had the same rows when the subscription was cut, and nobody could write since. */
  drained: boolean;
  /** The other side was closed to its end, and never opened since. */
  closed: boolean;
  /** `to` was being opened: its sessions may not all have ended. */
  opening: boolean;
  /** The same of the other side, being closed. */
  closing: boolean;
  /** `to` is the side that took writes last, so it can be opened whatever the other one has. */
  wasLive: boolean;
  /** The sequences of `to` were moved. */
  moved: boolean;
}

/** Reads them, for a turn to a color. */
export function pastOf(begun: TurnOrder['begun'], to: Color): Past {
  const from = otherColor(to);
  const steps = begun
    .map(({ to: by, step }) => ({ by, step: step.split(' ', 1)[0] as Step }))
    .filter(({ step }) => step !== 'pause' && step !== 'resume');
  const last = (of: (one: (typeof steps)[number]) => boolean): number => steps.findLastIndex(of);
  const cutAt = last(({ step }) => step === 'cut');
  const after = last(({ by, step }) => by === to && step !== 'close');
  const closes = new Set(steps.flatMap(({ by, step }) => (step === 'close' ? [by] : [])));
  const openAt = last(({ step }) => step === 'open' || step === 'abandon');
  return {
    drained: cutAt > openAt,
    closed: after > last(({ by, step }) => by === from && step === 'open'),
    opening: steps.at(-1)?.by === to && steps.at(-1)?.step === 'open',
    closing: steps.at(-1)?.by === to && steps.at(-1)?.step === 'close',
    wasLive: openAt >= 0 ? steps[openAt]?.by === to : closes.has(from) && !closes.has(to),
    moved: last(({ by, step }) => by === to && step === 'cut') > openAt,
  };
}
