/** The port of databases of which each color has its own. See docs/data.md. */
import type { Color } from './color.ts';

/**
 * Whether the databases could be turned round now, so that those of a color take the writes. `lagMs`: how far they are
 * behind. `why` and `fix`: sentences without their full stop.
 */
export type DataGate = { ok: true; lagMs: number } | { ok: false; why: string; fix?: string };

/** A step of a turn: the color that it makes writable, and the adapter's name of the step, for people too. */
export interface TurnStep {
  to: Color;
  step: string;
}

/** What one turn gets. */
export interface TurnOrder {
  /** Names this turn; the same for every process that goes on with it or takes it back. */
  id: string;
  /**
   * The steps of this turn that were begun, each once and in the order in which they were begun last, also by other
   * processes and in the other direction, since the databases were last turned as a whole. The last of them may not
   * have been done.
   */
  begun: readonly TurnStep[];
  /** Asked before each step. Resolves to true once the record has it; false: nothing more may be done. */
  before(step: string): Promise<boolean>;
  /** Asked right before each change. False: another process may be at work by now. */
  mayWrite(): boolean;
  /** True: it must end with `to` writable, even where the other side does not answer or has more rows. */
  force?: boolean;
  /** Ends the wait for what is replayed. Work that must be done together is still ended. */
  signal: AbortSignal;
}

/**
 * What became of a turn. `turned`: the side takes writes, and the other one does not, and follows it; with `owed` the
 * other one could not be closed, or does not follow, and the turn must be done again. Otherwise `why`, a sentence
 * without its full stop. `notes`: what people should know.
 */
export type TurnResult = { turned: true; notes: string[]; owed?: true } | { turned: false; why: string };

/**
 * Rows that one color has and the other has not. `since` and `until`: instants of the first and the last of them, ms.
 * `more`: there are more than were counted.
 */
export interface Missed {
  tables: { table: string; rows: number }[];
  since?: number;
  until?: number;
  more?: true;
}

/** A changed row that one color has and the other has not. `at`: its commit, ms. The values are text, by column. */
export interface MissedRow {
  table: string;
  change: 'insert' | 'update' | 'delete' | 'truncate';
  at: number;
  row?: Record<string, string | null>;
  old?: Record<string, string | null>;
}

/** The databases of a service. Never throws for their failures: those are answers. */
export interface Data {
  /**
   * Asks whether they could be turned to `to`, before any write waits. Changes nothing. `begun`: a turn was, so it asks
   * only whether both sides answer.
   */
  gate(to: Color, signal: AbortSignal, begun?: TurnOrder['begun']): Promise<DataGate>;
  /** How long the answer of `gate` and `lag` may take, ms; 2 s by default. */
  readonly answersMs?: number;
  /** Asks how far the color that takes no writes is behind, ms. Undefined: nobody can say. */
  lag(writable: Color, signal: AbortSignal): Promise<number | undefined>;
  /**
   * Turns them round so that `to` takes writes; asked of the databases, so it can be repeated, and turned back at any
   * step. Never are both sides writable.
   */
  turn(to: Color, order: TurnOrder): Promise<TurnResult>;
  /** Counts what `color` has that the other has not. Undefined: nobody can say. */
  missed(color: Color, signal: AbortSignal): Promise<Missed | undefined>;
  /** Reads the rows themselves, in the order of their commits, a part of them where they are many. */
  changes?(color: Color, signal: AbortSignal): Promise<MissedRow[] | undefined>;
}
