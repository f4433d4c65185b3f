/** Finds the group of alerts that a person means: by the beginning of its id, or by service and title. */
import type { AlertGroup } from './alerts/alert.ts';
import { alertNameOf, shortId } from './alerts/alert-name.ts';
import type { AlertStore } from './alerts/port.ts';
import { refuse } from './gates.ts';
import { joinedBy, line, typed } from './line.ts';
import type { Refusal } from './refusals.ts';

/** A whole id, as buttons have it. */
const wholeId = /^[0-9a-f]{24}$/;
/** Enough of an id not to be a word by chance. */
const beginning = /^[0-9a-f]{4,24}$/;
/** How many groups a refusal names. */
const mostNamed = 5;
/** How many groups are read for one command: in a storm thousands may fire. Of more, none is chosen by its title. */
const mostRead = 200;

/**
 * Resolves to the id of the one group that `text` names: `3fa2c1`, `checkout`, `checkout HighErrorRate`. Only groups
 * that fire are looked for, but a whole id is taken as it is. Throws `Fault` when the storage is unavailable.
 */
export async function findAlert(alerts: AlertStore, verb: string, text: string): Promise<string | Refusal> {
  const [first = '', ...words] = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (wholeId.test(text)) return text;
  const byId = words.length === 0 && beginning.test(first) ? await alerts.firing(first) : [];
  // A service may have a name that an id can begin with.
  const ids = [...new Set([...byId, ...(await alerts.open(first))])];
  if (ids.length > mostRead) return tooMany(text, ids.length);
  const loaded = await Promise.all(ids.map((id) => alerts.load(id)));
  const groups = loaded.flatMap(({ group }) => group ?? []);
  const title = words.join(' ');
  const fitting = groups.filter(({ titles }) => titles.join(' ').toLowerCase().includes(title));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only.id;
  return only === undefined ? none(text, groups) : several(verb, text, fitting);
}

function none(text: string, others: readonly AlertGroup[]): Refusal {
  return refuse(
    'nothing-to-do',
    line`No firing alert fits ${{ code: text }}.`,
    others.length > 0
      ? line`These fire: ${listed(others)}.`
      : line`Name it by the id on its message, or by its service and words of its title.`,
  );
}

function tooMany(text: string, count: number): Refusal {
  return refuse(
    'bad-arguments',
    line`${count} alerts fire that ${{ code: text }} may mean: too many to search.`,
    line`Name one by the id on its message.`,
  );
}

function several(verb: string, text: string, groups: readonly AlertGroup[]): Refusal {
  const [first] = groups;
  return refuse(
    'bad-arguments',
    line`${groups.length} firing alerts fit ${{ code: text }}: ${listed(groups)}.`,
    line`Name one by its id: ${typed(`${verb} ${first ? shortId(first) : '<id>'}`)}.`,
  );
}

function listed(groups: readonly AlertGroup[]): ReturnType<typeof line> {
  const named = groups
    .slice(0, mostNamed)
    .map((group) => line`${{ code: shortId(group) }} ${alertNameOf(group)}`);
  const more = groups.length - named.length;
  return joinedBy(', ', more > 0 ? [...named, line`and ${more} more`] : named);
}
