/** The status of one service in lines, and of many in rows. */
import type { View } from '../release/command.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { describe } from './describe.ts';
import type { ServiceFacts } from './describe.ts';
import type { Fact } from './fact.ts';

/** What each line begins with, in order. Drift stands before what the record says is live. */
const names: Readonly<Record<keyof ServiceFacts, string>> = {
  drift: '🚨 ',
  versionDrift: '🚨 ',
  state: 'state: ',
  live: 'live: ',
  elsewhere: 'file: ',
  unreadable: 'record: ',
  idle: 'idle: ',
  router: 'router: ',
  release: 'release: ',
  operation: 'under way: ',
  request: 'approval: ',
  bake: 'bake: ',
  evidence: 'compare: ',
  diff: 'answers: ',
  countdown: 'automatic revert: ',
  fed: 'both fed: ',
  noWayBack: 'no way back: ',
  readOnly: 'writes: ',
  data: 'data: ',
  writesOff: 'writes: ',
  lock: 'lock: ',
  freeze: 'freeze: ',
  reload: 'reload: ',
  following: 'following: ',
  waiting: 'line: ',
  unchecked: 'not known: ',
  next: 'next: ',
};

/** The status of one service. The first `state:` and the first `live:` are the record's. */
export function statusLines(view: View): Line[] {
  const facts = describe(view);
  // Without a readable record nothing is done, and nothing is asked.
  const hidden = view.loaded.record === null ? ['freeze', ...(facts.unreadable ? ['router'] : [])] : [];
  const keys = (Object.keys(names) as (keyof ServiceFacts)[]).filter((key) => !hidden.includes(key));
  const lines = keys.flatMap((key): Line[] => {
    const found = facts[key];
    return found === undefined ? [] : [[names[key], ...found.line()]];
  });
  return [line`status ${view.service}`, ...lines];
}

/** From here on all is well. */
const calm = 4;

/** The services in the order of a list: those that need attention first; `attention`: how many do. */
export function ranked(views: readonly View[]): { views: View[]; attention: number } {
  const all = views
    .map((view) => ({ view, urgency: mostUrgent(describe(view)) }))
    .toSorted((a, b) => a.urgency - b.urgency || (a.view.service < b.view.service ? -1 : 1));
  return {
    views: all.map(({ view }) => view),
    attention: all.filter(({ urgency }) => urgency < calm).length,
  };
}

function mostUrgent(facts: ServiceFacts): number {
  return Math.min(...Object.values<Fact>({ ...facts }).map(({ urgency }) => urgency));
}

/** One service in one line. */
export function statusRow(view: View): Line {
  const { drift, state, live, ...others } = describe(view);
  const notes = Object.values<Fact>(others).flatMap(({ note }) => (note === undefined ? [] : [` · ${note}`]));
  // Stands before the color, which is the recorded one and not where traffic is.
  const warning = drift?.note === undefined ? '' : ` · ${drift.note}`;
  return line`${{ bold: view.service }}${warning} · ${state.line()} · ${live.line()}${notes.join('')}`;
}
