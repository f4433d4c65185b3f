/** Checks the senders of alerts, by the notes that the bot stored. */
import type { Config } from '../config.ts';
import { short } from '../alerts/source.ts';
import { formatDuration } from '../release/duration.ts';
import { Fault } from '../release/fault.ts';
import type { NoteKind, SenderNote, SenderNotes } from '../release/sender-notes.ts';
import { fine, skipped, warned } from './finding.ts';
import type { Finding } from './finding.ts';

/** Age from which a refusal is no longer reported, in ms. */
const refusedMs = 86_400_000;
/** Most names in a line, and most characters of each, and of an error. */
const most = { names: 10, name: 60, what: 200 } as const;

const fixes: Readonly<Record<string, string>> = {
  'too-large': 'set max_alerts where its webhook is configured, or split what it sends',
  unreadable: 'correct its body, or the kind of the source in the configuration',
  'left-out': 'correct the named alert; the others of its delivery were stored',
  'not-authentic': 'if it is one of your senders, correct its token',
  'no-such-source': 'if it is one of your senders, correct its address',
};

/** Checks the notes on every source; nothing where the storage is unavailable. */
export async function* examineSenders(
  { alerts: { sources } }: Pick<Config, 'alerts'>,
  senders: Pick<SenderNotes, 'all'>,
): AsyncGenerator<Finding> {
  const known = await senders.all().catch((cause: unknown) => {
    if (cause instanceof Fault) return undefined;
    throw cause;
  });
  if (known === undefined) return;
  const { now, notes } = known;
  for (const source of [...Object.keys(sources), '']) {
    const own = notes.filter((note) => note.source === source);
    const name = source === '' ? 'alerts' : `alerts from ${source}`;
    if (source !== '') yield heard(name, own, now);
    for (const note of of(own, 'refused'))
      if (now - note.at <= refusedMs)
        yield warned(
          name,
          `${note.of === 'left-out' ? 'left out' : 'refused'} ${ago(note, now)} ago: ${short(whatOf(note), most.what)}`,
          fixes[note.of] ?? 'correct what it sends',
        );
    if (source === '') continue;
    if (of(own, 'time').length > 0)
      yield warned(
        name,
        'some of its times cannot be read; the time of arrival counts instead',
        'send each as in 2026-11-20T22:46:31Z',
      );
    const [words, services] = [of(own, 'severity'), of(own, 'service')];
    if (words.length > 0)
      yield warned(
        name,
        `unknown words for severity: ${listed(words)}`,
        'define them in severities of the source',
      );
    if (services.length > 0)
      yield warned(
        name,
        `unknown names of services: ${listed(services)}`,
        'map them in services of the source, or add them to the file',
      );
  }
}

function heard(name: string, own: readonly SenderNote[], now: number): Finding {
  const [last] = of(own, 'heard');
  const isSilent = of(own, 'watch').some(({ facts }) => typeof facts['silent'] === 'number');
  if (isSilent)
    return warned(
      name,
      last === undefined ? 'has never sent anything' : `is silent for ${ago(last, now)}`,
      'check that it runs and can reach the bot',
    );
  return last === undefined
    ? skipped(name, 'it has sent nothing in the last days')
    : fine(name, `last sent ${ago(last, now)} ago`);
}

function of(notes: readonly SenderNote[], kind: NoteKind): SenderNote[] {
  return notes.filter((note) => note.kind === kind).toSorted((one, two) => two.at - one.at);
}

function whatOf({ facts: { what }, of: cause }: SenderNote): string {
  return typeof what === 'string' ? what : cause;
}

function ago({ at }: SenderNote, now: number): string {
  return formatDuration(Math.max(0, now - at));
}

function listed(notes: readonly SenderNote[]): string {
  const names = notes.slice(0, most.names).map((note) => `"${short(note.of, most.name)}"`);
  const more = notes.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
