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
  return {
    drained: cutAt > last(({ step }) => step === 'open' || step === 'abandon'),
    closed: after > last(({ by, step }) => by === from && step === 'open'),
    opening: steps.at(-1)?.by === to && steps.at(-1)?.step === 'open',
  };
}
