/** The port that keeps what is remembered of those who send alerts: when they were heard, what of theirs was refused. */

/** What one note is about. */
export type NoteKind = 'heard' | 'watch' | 'refused' | 'severity' | 'service' | 'time';

/** One note. `of`: which of its kind, such as a word for severity; empty where a source has one only. */
export interface SenderNote {
  kind: NoteKind;
  /** Name of a source; empty: nobody's, as of a path that names none. */
  source: string;
  of: string;
  /** When it was written last, by the storage's clock. */
  at: number;
  /** What it says; of another version of the bot, so read with care. */
  facts: Readonly<Record<string, unknown>>;
}

/**
 * Notes of all kinds that are there at most when one of this kind is added. Words from outside name those of two kinds,
 * and leave room for the others, which the configuration names.
 */
export function mostSenderNotes(kind: NoteKind): number {
  return kind === 'severity' || kind === 'service' ? 1_000 : 3_000;
}

/** A note that was not written again for so long is dropped, ms. */
export const senderNoteMs = 7 * 86_400_000;

/** Keeps them. Every method throws `Fault('storage-unavailable')` when the storage gives no answer. */
export interface SenderNotes {
  /** All of them, and the storage's clock; those that are too old are dropped by this. */
  all(): Promise<{ now: number; notes: SenderNote[] }>;
  /** Writes a note, in place of the one of the same name. */
  keep(note: Omit<SenderNote, 'at'>): Promise<void>;
}

/** The name of a note, and back: kind and name of a source have no colon. */
export function noteName({ kind, source, of }: Pick<SenderNote, 'kind' | 'source' | 'of'>): string {
  return `${kind}:${source}:${of}`;
}

/** A stored note; nothing for one that cannot be read. */
export function readNote(name: string, at: number, json: string): SenderNote[] {
  const [, kind, source = '', of = ''] =
    /^(heard|watch|refused|severity|service|time):([^:]*):([^]*)$/.exec(name) ?? [];
  if (kind === undefined) return [];
  try {
    const facts: unknown = JSON.parse(json);
    if (typeof facts !== 'object' || facts === null) return [];
    return [{ kind: kind as NoteKind, source, of, at, facts: facts as Record<string, unknown> }];
  } catch {
    return [];
  }
}
