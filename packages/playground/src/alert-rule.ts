/** The result of one look at the errors: the alert begins, ends, or stays as it is. */
export type Turn = 'begins' | 'ends' | undefined;

/** The rule for when an alert begins and ends. */
export interface AlertRule {
  /** Looks once; `now` is from a monotonic clock, ms. */
  look(now: number, errorsPerSecond: number): Turn;
}

/** The alert begins after more errors a second than this for so long, and ends after so long without errors, ms. */
const above = 1;
const forMs = 2_000;
const quietMs = 5_000;

/** Makes the rule: like a Prometheus rule with `for` and `keep_firing_for`. */
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
