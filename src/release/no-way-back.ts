/** A release from which there is no way back: what that stops, and the words for it. Pure. See docs/way-back.md. */
import { otherColor } from './color.ts';
import { notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { refuse } from './gates.ts';
import type { Facts } from './gates.ts';
import { asSentence, line, order, typed } from './line.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import { mention } from './mention.ts';
import { newestRelease, releaseOf, releaseOn } from './release.ts';
import type { Release, ServiceRecord } from './release.ts';
import { wayBack } from './way-back.ts';
import type { NoWayBack } from './way-back-schema.ts';

/**
 * Returns the release that a revert would take back now. Undefined: none, also while its promote has not begun to
 * move traffic.
 */
export function releaseLeft(record: ServiceRecord): Release | undefined {
  const back = wayBack(record);
  const { op } = record;
  if (!back) return undefined;
  if (op?.kind === 'promote') return op.intentAt === undefined ? undefined : releaseOf(record, op.release);
  return releaseOn(record, otherColor(back.color));
}

/** Returns why a revert must be forced now; undefined: nobody said that it must be. */
export function noWayBackOf(record: ServiceRecord): NoWayBack | undefined {
  return releaseLeft(record)?.noWayBack;
}

/** Returns the same, also for a release that is not live yet. */
export function noWayBackAhead(record: ServiceRecord): NoWayBack | undefined {
  const newest = newestRelease(record);
  const ahead = newest && ['staging', 'staged', 'promoting'].includes(newest.status);
  return (ahead ? newest.noWayBack : undefined) ?? noWayBackOf(record);
}

/** `no way back: it drops a column`. */
export function noWayBackWords({ reason }: NoWayBack): string {
  return `no way back: ${reason}`;
}

/** Why, who said so, and when; it follows `No way back: `. */
export function noWayBackLine({ reason, by, at }: NoWayBack): Line {
  return line`${reason} (${mention(by)}, ${{ at }})`;
}

/** Announces that there is no way back from a release. */
export function tellNoWayBack(draft: Draft, version: string, stands: NoWayBack): void {
  const how = line`A revert must be forced, and none begins by itself.`;
  notify(
    draft,
    'event',
    line`${mention(stands.by)} about ${{ bold: version }}: ${asSentence(noWayBackWords(stands))} ${how}`,
  );
}

/** Refuses a revert that is not forced, unless one is under way already. */
export function mayGoBack({ record }: Pick<Facts, 'record'>, force: string | undefined): Refusal | undefined {
  const stands = force === undefined && record.op?.kind !== 'revert' ? noWayBackOf(record) : undefined;
  if (!stands) return undefined;
  const { service, epoch } = record;
  const words = noWayBackWords(stands);
  return {
    ...refuse(
      'no-way-back',
      line`${order(words)}`,
      line`${typed(`revert ${service} --force <reason>`)} goes back anyway.`,
    ),
    force: { service, release: newestRelease(record)?.id ?? null, epoch, note: `there is ${words}` },
  };
}
