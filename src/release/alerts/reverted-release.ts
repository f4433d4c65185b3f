/**
 * What the message of a group says about a revert: one that is under way, or that of the release it follows. Pure.
 */
import { otherColor } from '../color.ts';
import { mention } from '../draft.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { releaseOf } from '../release.ts';
import type { Release } from '../release.ts';
import type { AlertGroup } from './alert.ts';
import type { AlertContext } from './context.ts';

/** Returns the release that the group follows, when it was reverted. */
export function revertedRelease(
  { follows }: Pick<AlertGroup, 'follows'>,
  { record }: Pick<AlertContext, 'record'>,
): Release | undefined {
  if (record === null || follows === null) return undefined;
  const release = releaseOf(record, follows.release);
  return release?.status === 'reverted' ? release : undefined;
}

/** Returns that in words; empty where nothing was, or is being, reverted. */
export function revertLine(group: Pick<AlertGroup, 'follows' | 'status'>, context: AlertContext): Line {
  const { record } = context;
  if (record === null) return [];
  const { op, state } = record;
  if (group.status === 'firing' && state === 'reverting' && op?.kind === 'revert')
    return line`A revert by ${mention(op.actor)} is under way, to ${op.target} ${op.version ?? 'unknown'}.`;
  const release = revertedRelease(group, context);
  if (release === undefined) return [];
  const by = release.revertedBy === undefined ? [] : line` by ${mention(release.revertedBy)}`;
  const back = otherColor(release.color);
  // Another release may be live by now.
  if (record.live !== back) return line`Reverted${by}.`;
  return line`Reverted${by}: ${back} ${record.colors[back].version ?? 'unknown'} is live.`;
}
