/** What people and monitoring were told while masters changed, and what became of it. */
import type { Color } from '../../../src/release/color.ts';
import type { RouterServer } from '../../support/router-server.ts';

/** A command that somebody typed. Instants by `performance.now()`. */
export interface Said {
  service: string;
  /** After `/release`. */
  words: string;
  verb: string;
  /** Which replica of the bot got it. */
  bot: number;
  /** Each command has a person of its own: whatever they are told is about it. */
  user: string;
  mark: string;
  sentAt: number;
  answeredAt: number;
  answer: string;
  /** `unclear`: no answer in time, or one that does not say whether anything was done. */
  kind: 'accepted' | 'refused' | 'unclear';
  /** Where traffic goes when it is carried out, if that is known. */
  target: Color | undefined;
}

/** An alert that was sent until it was taken. */
export interface Sent {
  name: string;
  service: string;
  /** Status of each answer; 0: none came. */
  answers: number[];
  /** Which replica answered 202, and when. */
  bot: number;
  takenAt: number | undefined;
}

/** All of one life. */
export interface Ledger {
  said: Said[];
  alerts: Sent[];
  /** When each change of master began and was over. */
  changes: { at: number; overAt: number }[];
}

export type Write = RouterServer['writes'][number];

/** The verb's target, as the answer says it. */
export function targetOf(answer: string): Color | undefined {
  const [, color] = /\b(?:going back|reverted|promoted|put back) to (blue|green)\b/.exec(answer) ?? [];
  return color as Color | undefined;
}

/** How an answer to `verb` is meant. */
export function kindOf(verb: string, answer: string, error: string | undefined): Said['kind'] {
  if (error !== undefined) return 'unclear';
  if (answer.startsWith(`${verb}: `)) return 'accepted';
  return /not confirmed|toldLater|a message will say/i.test(answer) ? 'unclear' : 'refused';
}

/** Words of a message that tells somebody that their command came to nothing. */
export const saysLost = /\blost\b|not stored|nothing was done|not carried out|was not kept/i;

/** An instant for people: since the last change of master had begun. */
export function when(at: number, { changes }: Ledger): string {
  const number = changes.filter((change) => change.at <= at + 1_000).length;
  const change = changes[number - 1];
  if (!change) return 'before any change of master';
  const ms = Math.round(at - change.overAt);
  return `${ms < 0 ? '' : '+'}${ms} ms from the end of change ${number}`;
}
