import { z } from 'zod';
import { lnE } from './e-process.ts';

export const verdictCodes = ['helps', 'does-not-help', 'hurts', 'no-difference', 'unknown'] as const;
/**
 * What going back would do. `helps`: only the live color fails. `does-not-help`: both fail, alike. `hurts`: only the way
 * back fails. `unknown`: too few pairs, none of late, or no good answer so far.
 */
export type VerdictCode = (typeof verdictCodes)[number];

/** The live color, or the other one: the way back. */
export type Side = 'live' | 'back';

/** Pairs, or blocks of them, of a short time up to now. */
export interface Recent {
  onlyLive: number;
  onlyBack: number;
  /** Those that failed on the live color: on the way back too, or only there. */
  shared: number;
  own: number;
}

export const alarmSchema = z.looseObject({
  /** The color that fails alone. */
  color: z.enum(['live', 'back']).optional(),
  /** What fails on the live color fails on the way back too. */
  shared: z.boolean().optional(),
});
/** What holds until the recent past no longer speaks for it. */
export type Alarm = z.infer<typeof alarmSchema>;

/** So sure must it be that most failures of the live color are shared: five of five, or nine of ten. */
const lnShared = Math.log(10);

/** ln of the evidence against one color in the recent past. */
const lnAgainst = (color: Side, recent: Recent): number =>
  color === 'live' ? lnE(recent.onlyLive, recent.onlyBack) : lnE(recent.onlyBack, recent.onlyLive);

/** What is left of an alarm: each part of it holds while the recent past still speaks for it at all. */
export function heldAlarm(alarm: Alarm, recent: Recent): Alarm {
  return {
    ...(alarm.color !== undefined && lnAgainst(alarm.color, recent) > 0 && { color: alarm.color }),
    ...(alarm.shared === true && lnE(recent.shared, recent.own) > 0 && { shared: true }),
  };
}

/** The alarm after new pairs. `raised` is the color that the detector and the recent past now speak against. */
export function raisedAlarm(alarm: Alarm, recent: Recent, raised: Side | undefined): Alarm {
  const color = alarm.color ?? raised;
  const shared = alarm.shared === true || mostlyShared(recent.shared, recent.own);
  return { ...(color !== undefined && { color }), ...(shared && { shared }) };
}

/** True when most of what fails on the live color also fails on the way back, and that is no accident. */
export const mostlyShared = (shared: number, own: number): boolean => lnE(shared, own) >= lnShared;

/** The verdict of an alarm; undefined while there is none. One color that fails alone counts before both. */
export function verdictOf({ color, shared }: Alarm): VerdictCode | undefined {
  if (color !== undefined) return color === 'live' ? 'helps' : 'hurts';
  return shared === true ? 'does-not-help' : undefined;
}
