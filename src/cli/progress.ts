import type { Line } from '../release/line.ts';
import { line } from '../release/line.ts';
import { aboutWords, ordinal } from '../release/waiting-line.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { CurrentWait } from '../release/wait-in-line.ts';

/**
 * Makes a function that turns each record into its new lines: the state, and the steps of its releases. `before`: the
 * record known already.
 */
export function progress(before: ServiceRecord | null): (record: ServiceRecord) => Line[] {
  let state = before?.state;
  const known = new Set(before ? steps(before).map(({ key }) => key) : []);
  return (record) => {
    const lines: Line[] = [];
    if (record.state !== state) lines.push(line`  ${record.state}`);
    state = record.state;
    for (const { key, text } of steps(record)) {
      if (!known.has(key)) lines.push(text);
      known.add(key);
    }
    return lines;
  };
}

/** How often the state is repeated while only time passes, in ms. */
const againMs = 60_000;

/** `2nd in line, about 7 min; checkout bakes until …`. */
export function waitWords({ place, turn, now, why }: CurrentWait): Line {
  return line`${ordinal(place)} in line${aboutWords(turn, now)}${why.length > 0 ? line`; ${why}` : []}`;
}

/** Makes a function that turns each look of a wait, at this instant of the monotonic clock, into its new lines. */
export function waitProgress(): (waits: CurrentWait | undefined, at: number) => Line[] {
  let told: string | undefined;
  let toldAt = 0;
  return (waits, at) => {
    const key = waits ? JSON.stringify([waits.place, waits.why]) : 'away';
    if (key === told && at - toldAt < againMs) return [];
    told = key;
    toldAt = at;
    return [
      waits
        ? line`  waiting: ${waitWords(waits)}`
        : line`  Redis is unavailable; the place in line is taken again when Redis answers.`,
    ];
  };
}

function steps(record: ServiceRecord): { key: string; text: Line }[] {
  return record.releases.flatMap((release) =>
    release.steps.map(({ name, status, detail, at }) => ({
      key: `${release.id} ${name} ${status} ${at}`,
      text: line`  ${name}: ${status === 'doing' ? '…' : status}${detail === undefined ? '' : `, ${detail}`}`,
    })),
  );
}
