/**
 * Waits for a turn: a waiting process looks at the record again and again, and may be killed at any moment. See
 * docs/design.md#the-line.
 */
import { personOf } from './actor.ts';
import { refuseAndNote } from './save-decision.ts';
import type { Answer } from './command.ts';
import { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import { factsOf } from './gather-facts.ts';
import { fromNow } from './instant.ts';
import { line, typed } from './line.ts';
import type { Line } from './line.ts';
import { queueCard, settingsFor } from './parts.ts';
import type { Parts } from './parts.ts';
import { mostPlaces, turnsOf } from './waiting-line.ts';
import type { Place, Standing } from './waiting-line.ts';
import type { Refusal } from './refusals.ts';
import { newestRelease, releaseOf } from './release.ts';
import type { Release, ServiceRecord } from './release.ts';
import { rolesOf } from './roles.ts';
import { heldWords, turnGates } from './turn-gates.ts';
import type { Waiting } from './turn-gates.ts';
import { mention } from './mention.ts';

/** How often a waiting process looks at the record, ms. */
const lookMs = 1_000;

/**
 * The current wait. `why`: what it waits for; `turn`: when its turn may come, by the store's clock; null: not known.
 */
export interface CurrentWait {
  /** 1: the first place of the line. */
  place: number;
  turn: number | null;
  now: number;
  why: Line;
  record: ServiceRecord;
}

/** How a wait ended. */
export type WaitEnd =
  | { kind: 'turn' }
  | { kind: 'refused'; answer: Answer & { ok: false } }
  /** A newer stage of the same person took its place; in words. */
  | { kind: 'overtaken'; by: Line }
  /** The time was over. `last`: the last wait; undefined: it never had a place. */
  | { kind: 'over'; last: CurrentWait | undefined }
  | { kind: 'stopped' };

/** The wait of one command. */
export interface Wait {
  /** Waits for its turn, or another one. Throws `Fault` when the storage is unavailable at the end. */
  turn(): Promise<WaitEnd>;
  /** Gives the place up; if the storage does not answer, the place expires by itself. */
  leave(): Promise<void>;
}

/** The options of a wait. */
export interface WaitOptions {
  /** How long it waits at most, ms. */
  forMs: number;
  stopping: AbortSignal;
  /** Called at each look with the current wait; undefined: the storage is unavailable, and the wait continues. */
  says: (waits: CurrentWait | undefined) => void;
}

/**
 * Opens a wait in the line for a command, from the first call of `turn` on. A place delays only the places behind it.
 * It takes nothing from a command that does not wait, and the command passes all gates when it is sent.
 */
export function openWait(parts: Parts, command: Waiting, { forMs, stopping, says }: WaitOptions): Wait {
  const { store, clock } = parts;
  const { service, actor, verb } = command;
  const until = clock.mono() + forMs;
  const id = crypto.randomUUID();
  let place: Place = {
    id,
    actor,
    verb,
    ...(verb === 'stage' && { version: command.version }),
    at: fromNow(),
  };
  let standing: Standing | undefined;
  let draw: ReturnType<typeof queueCard>;
  /** The release that a promote is for: what was staged, or being staged, when it came, else the next one. */
  let subject: Release | undefined;
  let since: number | undefined;
  let last: CurrentWait | undefined;
  let looked = false;

  const refused = async (refusal: Refusal, record: ServiceRecord): Promise<WaitEnd> => {
    const answer = await refuseAndNote(parts, { ...command, marks: [] }, refusal, record);
    if (answer.ok) throw new Error('a refusal was accepted');
    return { kind: 'refused', answer };
  };

  const look = async (): Promise<WaitEnd | undefined> => {
    const loaded = await store.load(service);
    const { record, now, queue } = loaded;
    const configured = settingsFor(parts, service, record);
    // The command is sent, and its answer says why it cannot be done.
    if (!record || !configured?.configured) return { kind: 'turn' };
    since ??= now;
    const newest = newestRelease(record);
    if (verb === 'stage') {
      const newer = newerStage(record, command, since);
      if (newer) return { kind: 'overtaken', by: stageOf(newer) };
    } else {
      const own = subject && releaseOf(record, subject.id);
      if (subject && !(own && isAhead(own)))
        return gone(own ?? subject, record, command) ?? refused(changed(own ?? subject, service), record);
      const instead = newest && inPlace(newest, command);
      if (instead) return { kind: 'overtaken', by: stageOf(instead) };
      if (newest && (newest.status === 'staging' || newest.status === 'staged')) subject ??= newest;
    }
    const facts = await factsOf(
      parts,
      command,
      { ...loaded, record },
      configured,
      await rolesOf(parts, command, configured),
    );
    const mine = queue.findIndex((each) => each.id === id);
    const ahead = mine < 0 ? queue : queue.slice(0, mine);
    const { final, held } = turnGates(
      facts,
      command,
      ahead.some((each) => each.verb === 'stage'),
    );
    if (final) return refused(final, record);
    if (!held && queue.length === (mine < 0 ? 0 : 1)) return { kind: 'turn' };
    draw = queueCard(parts, record);
    const stood = await store.stand(service, place, { ...standing, draw });
    if (!stood.ok) {
      if (stood.why === 'full') return refused(full(service), record);
      const { verb: its, version, actor: by } = stood.by;
      return { kind: 'overtaken', by: line`${its} ${version ?? ''} of ${mention(by)}` };
    }
    standing = { order: stood.order, came: stood.came };
    const at = stood.queue.findIndex((each) => each.id === id);
    place = stood.queue[at] ?? place;
    if (at === 0 && !held) return { kind: 'turn' };
    const before = stood.queue[at - 1];
    const words = heldWords(facts, command);
    last = {
      place: at + 1,
      turn: turnsOf(stood.queue, { record, settings: configured.settings, now })[at] ?? null,
      now,
      why:
        words.length > 0 || !before ? words : line`${before.verb} of ${mention(before.actor)} is before it`,
      record,
    };
    says(last);
    return undefined;
  };

  return {
    async turn() {
      for (;;) {
        if (looked) await clock.sleep(Math.max(0, Math.min(lookMs, until - clock.mono())), stopping);
        looked = true;
        if (stopping.aborted) return { kind: 'stopped' };
        const over = clock.mono() >= until;
        try {
          const turn = await look();
          if (turn) return turn;
        } catch (cause) {
          if (!(cause instanceof Fault)) throw cause;
          // A record or settings that cannot be read: the answer to the command says so.
          if (cause.code !== 'storage-unavailable') return { kind: 'turn' };
          if (over) throw cause;
          says(undefined);
        }
        if (over) return { kind: 'over', last };
      }
    },
    async leave() {
      if (!standing) return;
      standing = undefined;
      try {
        await store.leave(service, id, draw);
      } catch (cause) {
        if (!(cause instanceof Fault)) throw cause;
      }
    },
  };
}

/** Returns true for a release that may still be promoted, or is being promoted. */
function isAhead({ status }: Release): boolean {
  return status === 'staging' || status === 'staged' || status === 'promoting';
}

/** Returns what the same person has staged since, by a command that did not wait, or one that had its turn. */
function newerStage({ releases }: ServiceRecord, { actor }: Waiting, since: number): Release | undefined {
  return releases.find(
    ({ stagedAt, stagedBy }) => stagedAt > since && personOf(stagedBy) === personOf(actor),
  );
}

function stageOf({ version, stagedBy }: Release): Line {
  return line`stage ${version} of ${mention(stagedBy)}`;
}

/** Returns what was staged in place of the only version that a promote is for. */
function inPlace(newest: Release, command: Waiting): Release | undefined {
  if (command.verb !== 'promote' || command.only === undefined || newest.version === command.only)
    return undefined;
  const isNext = newest.status === 'staging' || newest.status === 'staged';
  return isNext && personOf(newest.stagedBy) === personOf(command.actor) ? newest : undefined;
}

/** Ends the wait: overtaken, where the same person has staged another version in its place. */
function gone(
  { code }: Release,
  record: ServiceRecord,
  { actor }: Waiting,
): (WaitEnd & { kind: 'overtaken' }) | undefined {
  const newest = newestRelease(record);
  if (code !== 'superseded' || !newest || personOf(newest.stagedBy) !== personOf(actor)) return undefined;
  return { kind: 'overtaken', by: stageOf(newest) };
}

function changed({ number, version, status, cause, promotedBy }: Release, service: string): Refusal {
  const by = promotedBy ? line`, promoted by ${mention(promotedBy)}` : [];
  const why = cause === undefined ? [] : line` (${cause})`;
  return refuse(
    'release-changed',
    line`#${number} ${version}, for which it waited, is ${status} now${by}${why}.`,
    line`Look at ${typed(`status ${service}`)}.`,
  );
}

function full(service: string): Refusal {
  return refuse(
    'too-many-requests',
    line`${mostPlaces} others wait in line for ${service}.`,
    line`${typed(`status ${service}`)} shows them.`,
  );
}
