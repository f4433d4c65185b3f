import { mostSenderNotes, noteName, readNote, senderNoteMs } from '../release/sender-notes.ts';
import type { SenderNotes } from '../release/sender-notes.ts';
import type { MemoryState } from './state.ts';

/** Returns the store of notes on alert senders, in memory. */
export function memorySenderNotes({ clock, senders }: MemoryState): SenderNotes {
  return {
    async all() {
      const now = clock.now();
      for (const [name, { at }] of senders) if (Math.abs(now - at) > senderNoteMs) senders.delete(name);
      return { now, notes: [...senders].flatMap(([name, { at, json }]) => readNote(name, at, json)) };
    },
    async keep({ facts, ...about }) {
      const name = noteName(about);
      if (!senders.has(name) && senders.size >= mostSenderNotes(about.kind)) return;
      senders.set(name, { at: clock.now(), json: JSON.stringify(facts) });
    },
  };
}
