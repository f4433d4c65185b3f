import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Answer } from './responses.ts';
import { shownPath } from './path.ts';
import type { AlertSource } from './sources/index.ts';

/** Why something that a sender sent was refused or left out, and what people hear of it. */
export interface Refusal {
  cause: 'too-large' | 'unreadable' | 'left-out' | 'not-authentic' | 'no-such-source';
  /** What was wrong, for `doctor`. */
  what: string;
  text: Line;
}

/** How each kind of source makes its bodies smaller. */
const smaller = {
  alertmanager: 'set max_alerts',
  grafana: 'set Max Alerts at its contact point',
  generic: 'split it',
} as const;

/** What people hear of an answer; undefined: nothing, since its sender tries again, or was taken. */
export function refusalOf(
  source: string | null,
  options: AlertSource | undefined,
  answer: Answer,
  path: string,
): Refusal | undefined {
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
      const text = line`⚠️ ${of}was refused: its token or signature is wrong or missing (path ${{ code: at }}). If it was no stranger, correct the token.`;
      return { cause: 'not-authentic', what, text };
    }
    case 'no-such-source': {
      const text = line`⚠️ A delivery of alerts was refused: the configuration has no source for the path ${{ code: at }}. If it was no stranger, correct the address.`;
      return { cause: 'no-such-source', what: `no source for the path ${at}`, text };
    }
    default:
      return undefined;
  }
}

/** How large it was, as people say it; where its sender did not tell, how large it may be. */
function sizeOf({ facts, words = '' }: Answer): string {
  const bytes = facts !== undefined && 'bytes' in facts ? facts.bytes : undefined;
  if (typeof bytes !== 'number') return words;
  return bytes < 10_000_000
    ? `${(bytes / 1_000_000).toFixed(1).replace('.0', '')} MB`
    : `${Math.round(bytes / 1_000_000)} MB`;
}
