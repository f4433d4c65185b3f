/** The port for notes on alert senders: when an alert came, and which were refused. */

/** The subject of a note. */
export type NoteKind = 'heard' | 'watch' | 'refused' | 'severity' | 'service' | 'time';

/** One note. `of`: which one of its kind, such as a word for severity; empty where a source has only one. */
export interface SenderNote {
  kind: NoteKind;
  /** The name of a source; empty: none, as for a path that names none. */
  source: string;
  of: string;
  /** When it was last written, by the storage's clock. */
  at: number;
  /** Its content; another version of the bot may have written it, so read it with care. */
  facts: Readonly<Record<string, unknown>>;
}

/**
 * Returns how many notes of all kinds may exist when one of this kind is added. Two kinds are named by words from
 * outside; their lower limit leaves room for the others, which the configuration names.
 */
export function mostSenderNotes(kind: NoteKind): number {
  return kind === 'severity' || kind === 'service' ? 1_000 : 3_000;
}

/** A note that was not written again for this long is dropped, ms. */
export const senderNoteMs = 7 * 86_400_000;

/** The store of these notes. Every method throws `Fault('storage-unavailable')` when the storage does not answer. */
export interface SenderNotes {
  /** Returns all notes and the storage's clock, and drops the notes that are too old. */
  all(): Promise<{ now: number; notes: SenderNote[] }>;
  /** Writes a note, and replaces the one with the same name. */
  keep(note: Omit<SenderNote, 'at'>): Promise<void>;
}

/** Returns the name of a note; `readNote` reads it back: kind and source name have no colon. */
export function noteName({ kind, source, of }: Pick<SenderNote, 'kind' | 'source' | 'of'>): string {
  return `${kind}:${source}:${of}`;
}

/** Reads a stored note; returns none for one that cannot be read. */
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
