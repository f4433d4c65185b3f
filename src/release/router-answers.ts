import type { Color } from './color.ts';
import { fromNow } from './instant.ts';
import type { Parts } from './parts.ts';
import type { Repairable, RouterAnswer } from './ports.ts';
import type { RouterView, NewRouterView } from './store.ts';

/** What all instances say together. `shut`: `detail` says what to repair before one of them takes a write, or answers. */
export type Summary = Omit<RouterView, 'at'> & { shut?: true };

/**
 * Sums up the answers of all instances: the color on which all reachable ones agree; `mixed` when they do not;
 * `unknown` when one names neither color; `unreachable` when none answers. `detail` gives n of m and each deviation.
 */
export function summarise(answers: readonly RouterAnswer[]): Summary {
  const reachable = answers.filter((answer) => answer.heading !== 'unreachable');
  const each = answers
    .map(
      (answer) =>
        `${answer.instance}: ${answer.heading}${answer.detail === undefined ? '' : ` (${whyOf(answer)})`}`,
    )
    .join(', ');
  const first = reachable[0];
  const shut = answers.length > 0 &&
    answers.every(({ repair }) => repair !== undefined) && { shut: true as const };
  if (!first) return { heading: 'unreachable', detail: each, ...shut };
  if (reachable.some((answer) => answer.heading !== first.heading)) return { heading: 'mixed', detail: each };
  if (first.heading === 'unknown' || first.heading === 'unreachable')
    return { heading: 'unknown', detail: each, ...shut };
  const detail =
    reachable.length === answers.length && answers.length === 1
      ? first.heading
      : `${first.heading} on ${reachable.length} of ${answers.length}`;
  return {
    heading: first.heading,
    detail: reachable.length === answers.length ? detail : `${detail} (${each})`,
  };
}

/** Returns why an instance answered so, with what to repair if that is needed; empty: it did not say. */
export function whyOf({ detail = '', repair }: Repairable & { detail?: string }): string {
  return repair === undefined ? detail : `${detail}; ${repair}`;
}

/** Says that no instance answers, and why, from a summary's `detail`. */
export function silenceWords(detail: string): string {
  return `no instance of the router answers: ${detail.replaceAll(': unreachable', '')}`;
}

/**
 * Returns the summary, and when the router was asked. `askedAt`: ms of the monotonic clock, from before the question.
 */
export function observed(
  { clock }: Pick<Parts, 'clock'>,
  answers: readonly RouterAnswer[],
  askedAt: number,
): NewRouterView {
  const { heading, detail } = summarise(answers);
  return { heading, detail, at: fromNow(askedAt - clock.mono()) };
}

/** Returns true when every instance answered with this color. */
export function allAt(answers: readonly RouterAnswer[], color: Color): boolean {
  return answers.length > 0 && answers.every((answer) => answer.heading === color);
}

/** Returns true when at least one instance answered, and all that did said this color. */
export function reachableAt(answers: readonly RouterAnswer[], color: Color): boolean {
  return summarise(answers).heading === color;
}

/** Returns who else moved the router, if it says so. */
export function movedBy(answers: readonly RouterAnswer[]): string | undefined {
  const names = new Set(answers.flatMap(({ by }) => by ?? []));
  return names.size === 0 ? undefined : [...names].join(' and ');
}

/** Returns true when each instance says the same in both sets. */
export function sameAnswers(a: readonly RouterAnswer[], b: readonly RouterAnswer[]): boolean {
  return (
    a.length === b.length &&
    a.every((answer, i) => answer.instance === b[i]?.instance && answer.heading === b[i]?.heading)
  );
}
