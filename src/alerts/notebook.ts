/** Records notes on senders during deliveries: seldom written, and bounded for any input. */
import { Fault } from '../release/fault.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { NoteKind, SenderNote, SenderNotes } from '../release/sender-notes.ts';
import { mostSenderNotes, noteName } from '../release/sender-notes.ts';

/** Most names that one process starts notes for: half of the storage's limit. */
const mostNames = (kind: NoteKind): number => mostSenderNotes(kind) / 2;

/** What a notebook needs. */
export interface NotebookParts {
  notes: Pick<SenderNotes, 'keep'>;
  clock: Pick<Clock, 'mono'>;
  log: Log;
}

/**
 * Makes a notebook. It writes a note at most once in `everyMs`, with the number of times since this process wrote it
 * last (`times`). False: it was too early. While the storage is unavailable nothing is noted.
 */
export function makeNotebook({
  notes,
  clock,
  log,
}: NotebookParts): (note: Omit<SenderNote, 'at'>, everyMs: number) => boolean {
  const written = new Map<string, { at: number; times: number }>();
  return (note, everyMs) => {
    const name = noteName(note);
    const last = written.get(name);
    if (last === undefined && written.size >= mostNames(note.kind)) return false;
    const times = (last?.times ?? 0) + 1;
    if (last !== undefined && clock.mono() - last.at < everyMs) {
      last.times = times;
      return false;
    }
    written.set(name, { at: clock.mono(), times: 0 });
    notes.keep({ ...note, facts: { ...note.facts, times } }).catch((cause: unknown) => {
      // The next occurrence writes it.
      if (cause instanceof Fault) return written.delete(name);
      return log.error({ err: cause }, 'Could not save a note about an alert sender');
    });
    return true;
  };
}
