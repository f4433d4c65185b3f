import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { DeliveryAnswer } from './responses.ts';
import { shownPath } from './path.ts';
import type { AlertSource } from './sources/index.ts';

/** Why a delivery was refused or a part left out, and the notice for people. */
export interface DeliveryRefusal {
  cause: 'too-large' | 'unreadable' | 'left-out' | 'not-authentic' | 'no-such-source';
  /** The error, for `doctor`. */
  what: string;
  text: Line;
}

/** How to make the bodies of each kind of source smaller. */
const smaller = {
  alertmanager: 'set max_alerts',
  grafana: 'set Max Alerts at its contact point',
  generic: 'split it',
} as const;

/** The notice for an answer; undefined: none, since the delivery was taken or its sender tries again. */
export function refusalOf(
  source: string | null,
  options: AlertSource | undefined,
  answer: DeliveryAnswer,
  path: string,
): DeliveryRefusal | undefined {
  const of = line`Source ${source ?? ''}: a delivery `;
  const at = shownPath(path);
  switch (answer.kind) {
    case 'too-large': {
      const size = sizeOf(answer);
      const what = `a delivery of ${size} was refused; ${smaller[options?.kind ?? 'generic']}`;
      return {
        cause: 'too-large',
        what,
        text: line`⚠️ Source ${source ?? ''}: ${what}.`,
      };
    }
    case 'unreadable': {
      const what = answer.words ?? 'it cannot be read';
      return { cause: 'unreadable', what, text: line`⚠️ ${of}was refused: ${what}` };
    }
    case 'stored-in-part': {
      const what = answer.words?.replace(/^stored; /, '') ?? 'some of its alerts could not be read';
      return { cause: 'left-out', what, text: line`⚠️ ${of}was stored without all of its alerts: ${what}` };
    }
    case 'not-authentic': {
      const what = `its token or signature is wrong or missing (${at})`;
      const text = line`⚠️ ${of}was refused: its token or signature is wrong or missing (path ${{ code: at }}). If this is one of your senders, correct its token.`;
      return { cause: 'not-authentic', what, text };
    }
    case 'no-such-source': {
      const text = line`⚠️ An alert delivery was refused: the configuration has no source for the path ${{ code: at }}. If this is one of your senders, correct its address.`;
      return { cause: 'no-such-source', what: `no source for the path ${at}`, text };
    }
    default:
      return undefined;
  }
}

/** The size of a delivery in words; without an announced size, the limit. */
function sizeOf({ facts, words = '' }: DeliveryAnswer): string {
  const bytes = facts !== undefined && 'bytes' in facts ? facts.bytes : undefined;
  if (typeof bytes !== 'number') return words;
  return bytes < 10_000_000
    ? `${(bytes / 1_000_000).toFixed(1).replace('.0', '')} MB`
    : `${Math.round(bytes / 1_000_000)} MB`;
}
