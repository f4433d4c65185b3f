/** What a rule makes of a look at the errors: the alert begins, ends, or stays as it is. */
export type Turn = 'begins' | 'ends' | undefined;

/** When an alert begins and ends. */
export interface AlertRule {
  /** One look; `now` of a clock that never jumps, ms. */
  look(now: number, errorsPerSecond: number): Turn;
}

/** It begins when there are more errors a second than this, for so long, and ends when there are none for so long, ms. */
const above = 1;
const forMs = 2_000;
const quietMs = 5_000;

/** Makes it: like a rule of Prometheus with `for` and `keep_firing_for`. */
export function makeAlertRule(): AlertRule {
  let fires = false;
  let highSince: number | undefined;
  let quietSince: number | undefined;
  return {
    look(now, errorsPerSecond) {
      highSince = errorsPerSecond > above ? (highSince ?? now) : undefined;
      quietSince = errorsPerSecond === 0 ? (quietSince ?? now) : undefined;
      if (!fires && highSince !== undefined && now - highSince >= forMs) {
        fires = true;
        return 'begins';
      }
      if (fires && quietSince !== undefined && now - quietSince >= quietMs) {
        fires = false;
        return 'ends';
      }
      return undefined;
    },
  };
}
