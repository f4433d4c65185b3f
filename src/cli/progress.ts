import type { Line } from '../release/line.ts';
import { line } from '../release/line.ts';
import type { ServiceRecord } from '../release/release.ts';

/**
 * Makes what turns each record into the lines that are new about it: the state, and the steps of its releases.
 * `before`: what is known already.
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

function steps(record: ServiceRecord): { key: string; text: Line }[] {
  return record.releases.flatMap((release) =>
    release.steps.map(({ name, status, detail, at }) => ({
      key: `${release.id} ${name} ${status} ${at}`,
      text: line`  ${name}: ${status === 'doing' ? '…' : status}${detail === undefined ? '' : `, ${detail}`}`,
    })),
  );
}
