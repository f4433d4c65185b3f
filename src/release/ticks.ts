import type { Line } from './line.ts';
import { line } from './line.ts';
import type { ShownStep } from './release.ts';

const marks = { doing: '⏳', done: '✅', failed: '❌' } as const;

/** Returns one step: `✅ health: healthy, reports v2`. `known`: what is shown elsewhere, such as a cause. */
function tick({ status, name, detail, url }: ShownStep, known: string | undefined): Line {
  return line`${marks[status]} ${url === undefined ? name : { url, label: name }}${detail === undefined || detail === known ? '' : `: ${detail}`}`;
}

/** Returns the steps in one line, each with its mark. */
export function ticks(steps: readonly ShownStep[], known?: string): Line {
  return steps.flatMap((step, i) => [...(i === 0 ? [] : [' ']), ...tick(step, known)]);
}
