import { mostSenderNotes, noteName, readNote, senderNoteMs } from '../release/sender-notes.ts';
import type { SenderNotes } from '../release/sender-notes.ts';
import type { RedisClient } from './client.ts';
import { keepNoteScript, senderNotesScript } from './scripts/sender-notes.ts';
import { runInTime } from './run-in-time.ts';

/** Returns the store of notes on alert senders, on Redis. */
export function redisSenderNotes(link: RedisClient): SenderNotes {
  return {
    async all() {
      const { now, rest } = await runInTime(link, senderNotesScript, { oldestMs: senderNoteMs });
      const notes = [];
      for (let i = 0; i + 2 < rest.length; i += 3)
        notes.push(...readNote(String(rest[i]), Number(rest[i + 1]), String(rest[i + 2])));
      return { now, notes };
    },
    async keep({ facts, ...about }) {
      const json = JSON.stringify(facts);
      await runInTime(link, keepNoteScript, {
        name: noteName(about),
        json,
        most: mostSenderNotes(about.kind),
      });
    },
  };
}
