/** What an alert group is called in sentences, and what people type for it. */
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { AlertGroup } from './alert.ts';

/** How many characters of a group's id are shown. */
const shownLength = 6;

/** Returns the beginning of a group's id, by which people can name it. */
export function shortId({ id }: Pick<AlertGroup, 'id'>): string {
  return id.slice(0, shownLength);
}

/** Returns the name of an alert group in a sentence. */
export function alertNameOf(
  group: Pick<AlertGroup, 'titles' | 'titleCount' | 'service' | 'named'> | null,
): Line {
  if (group === null) return ['this alert'];
  const [title] = group.titles;
  const others = Math.max(group.titles.length, group.titleCount ?? 0) - 1;
  const more = others > 0 ? ` and ${others} more` : '';
  const service = group.service ?? group.named;
  const of: Line = service == null ? [] : line` of ${{ code: service }}`;
  return title === undefined ? line`the alert${of}` : line`alert ${{ bold: title }}${more}${of}`;
}

/** Says what is true of the group now. */
export function standingOf({ status, severity, since }: AlertGroup): Line {
  if (status === 'resolved') return ['It is resolved.'];
  return line`It has been firing (${severity}) since ${{ at: since }}.`;
}
