/** Reads arguments of verbs by the rules of the Slack commands; commander reports errors and exits with 1. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../release/duration.ts';
import { serviceNameSchema, versionSchema } from '../release/settings.ts';
import { hasControls, longestReason, tidyReason } from '../text/reason.ts';
import { spokenDuration } from '../text/spoken-duration.ts';
import { withoutInvisible } from '../release/invisible-characters.ts';

/** Reads a service's name, case-folded. */
export function readService(text: string): string {
  const name = text.toLowerCase();
  if (serviceNameSchema.safeParse(name).success) return name;
  throw new InvalidArgumentError('The name of a service has letters, digits and hyphens, at most 63.');
}

/** Reads a version. */
export function readVersion(text: string): string {
  if (versionSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError(
    'A version has letters, digits and . _ + : @ / -, at most 128, and begins and ends with a letter or digit.',
  );
}

/** Reads a reason: free text in one argument. */
export function readReason(text: string): string {
  const reason = withoutInvisible(text).trim();
  if (reason === '') throw new InvalidArgumentError('A reason is needed.');
  if (hasControls(reason)) throw new InvalidArgumentError('It has control characters.');
  if (Array.from(reason).length > longestReason)
    throw new InvalidArgumentError(`A reason has at most ${longestReason} characters.`);
  return reason;
}

/** Reads a revert's reason. Never rejected: unusable characters are dropped. */
export function readReasonToGoBack(text: string): string {
  const reason = tidyReason(text);
  if (reason === '') throw new InvalidArgumentError('A reason is needed.');
  return reason;
}

/** Makes a reader of durations, ms. */
export function readDuration(mostMs: number): (text: string) => number {
  const hours = mostMs / 3_600_000;
  const most = hours > 24 ? `${hours / 24}d` : `${hours}h`;
  return (text) => {
    const spoken = spokenDuration(text);
    const ms =
      parseDuration(text.toLowerCase()) ??
      (spoken?.length === text.length ? spoken.seconds * 1_000 : undefined);
    if (ms !== undefined && ms >= 1_000 && ms <= mostMs) return ms;
    throw new InvalidArgumentError(`It must be a duration from 1s to ${most}, such as 30m or 2h.`);
  };
}

/** Reads how long a command waits in line at most, ms. */
export const readWait: (text: string) => number = readDuration(86_400_000);

/** Reads the number of history entries. */
export function readCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 5_000) return Number(text);
  throw new InvalidArgumentError('It must be a number from 1 to 5000.');
}
