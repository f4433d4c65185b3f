import { refuse } from './gates.ts';
import { line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { Loaded } from './store.ts';

/** Returns why nothing can be done yet, in the first moments of a process. */
export function starting(service: string): Refusal {
  return refuse(
    'starting',
    line`Switchback is starting. It asks the routers where traffic goes; ${service} has no record yet. Nothing was done.`,
    line`Ask again in a moment.`,
  );
}

/** Returns why a service without a record cannot be changed, by its router's last answer. `wasRecorded`: it had one. */
export function notAdopted(
  service: string,
  { asked, hasHistory }: Pick<Loaded, 'asked' | 'hasHistory'>,
  wasRecorded = false,
): Refusal {
  const how =
    hasHistory || wasRecorded
      ? line`The record of ${service} is missing`
      : line`${service} was never seen before`;
  const state = line`Its state is unknown.`;
  const heading = asked?.heading;
  switch (heading) {
    case undefined:
    case 'unreachable':
      return refuse(
        'router-unreachable',
        asked
          ? line`${how}, and its router could not be asked ${{ at: asked.at }} (${asked.detail}).`
          : line`${how}, and its router was not asked yet.`,
        line`A running bot adopts it as soon as its router answers.`,
        state,
      );
    case 'mixed':
    case 'unknown':
      return refuse(
        'router-mixed',
        line`${how}, and its router did not name one color when it was asked ${{ at: asked?.at ?? 0 }} (${asked?.detail ?? ''}).`,
        line`A running bot adopts it as soon as all instances of its router say the same color.`,
        state,
      );
    case 'blue':
    case 'green':
      return refuse(
        'router-unreachable',
        line`${how}. Its router answered ${{ at: asked?.at ?? 0 }} (${asked?.detail ?? ''}), but that is not recorded yet.`,
        line`It is being adopted; try again in a moment.`,
        state,
      );
    default:
      return heading satisfies never;
  }
}
