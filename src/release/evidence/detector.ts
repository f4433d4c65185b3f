import { lnE } from './e-process.ts';

/** Of one span of time: in how many pairs only the live color failed, and in how many only the way back. */
export type Sided = readonly [onlyLive: number, onlyBack: number];

/**
 * How a detector looks back, and when it raises an alarm. It keeps `starts` spans of time, and takes the mean of the
 * evidence since the start of each. So the past does not make it blind, and it needs no choice of a moment.
 */
export interface Detector {
  starts: number;
  /** It raises an alarm where the mean reaches e to this power. */
  lnAlarm: number;
}

/**
 * The detector whose false alarms, for one color, come in at most `chance` of all stretches of `spans` spans.
 *
 * The sum of the evidence since each start, less the number of starts, has no drift upwards while the live color is no
 * worse. So it reaches a bound in at most (number of starts / bound) of all stretches. A stretch has `spans` starts of
 * its own and finds `starts` older ones.
 */
export function detector(starts: number, spans: number, chance: number): Detector {
  return { starts, lnAlarm: Math.log((starts + spans) / starts / chance) };
}

/** Evidence of more than e to this power counts as so much: that is far above every alarm, and a sum of it stays finite. */
const lnMost = 600;

/**
 * ln of the mean evidence of a detector against the live color and against the way back. `spans` are those since it
 * began, the newest last, at most `starts`. The starts that it does not have yet count as if they were before the first.
 */
export function lnMeans({ starts }: Detector, spans: readonly Sided[]): [live: number, back: number] {
  let [s, f, weight, live, back] = [0, 0, 0, 0, 0];
  const add = (): void => {
    live += weight * Math.exp(Math.min(lnMost, lnE(s, f)));
    back += weight * Math.exp(Math.min(lnMost, lnE(f, s)));
    weight = 0;
  };
  for (let i = spans.length - 1; i >= 0; i--) {
    const [onlyLive, onlyBack] = spans[i] ?? [0, 0];
    // All starts after this span have the same evidence.
    if (weight > 0 && (onlyLive > 0 || onlyBack > 0)) add();
    s += onlyLive;
    f += onlyBack;
    weight += 1;
  }
  weight += starts - spans.length;
  add();
  return [Math.log(live / starts), Math.log(back / starts)];
}
