/**
 * Asks both colors of a service the same at the same moment, and saves what that says about going back.
 * See docs/design.md#evidence.
 */
import { z } from 'zod';
import { releaseInWindow } from '../alerts/context.ts';
import { alertCards } from '../alerts/port.ts';
import { noticeCards, openActionItems } from '../action-items.ts';
import { addHistory, markCard, notify } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { isBadSettings } from '../fault.ts';
import { fromNow } from '../instant.ts';
import { colorSchema } from '../color.ts';
import type { Color } from '../color.ts';
import { inStep } from '../in-step.ts';
import { line, plain } from '../line.ts';
import type { Line } from '../line.ts';
import { channelFor, readableSettings } from '../parts.ts';
import type { Parts } from '../parts.ts';
import type { Pairs } from './pair-requests.ts';
import { underWay } from '../release.ts';
import type { ServiceRecord } from '../release.ts';
import { save } from '../save.ts';
import { wayBack } from '../way-back.ts';
import { askPairs } from './ask-pairs.ts';
import { emptyEvidence, evidenceAt, evidenceStateSchema, verdictsAt, withPair } from './evidence.ts';
import type { Evidence, EvidenceState } from './evidence.ts';
import type { Pair } from './pair.ts';
import type { KeptEvidence } from './port.ts';
import { isWorthTelling, savedEvidence, urgentVerdict, verdictLine } from './words.ts';

/** How often the record is read, ms. */
const lookMs = 1_000;
/** How often what the pairs say is kept for another process, ms; and at once when it changes. */
const keepMs = 2_000;
/** The thread gets a new verdict at most this often, ms; the card has it at once. */
const toldMs = 30_000;

const keptSchema = z.looseObject({
  epoch: z.int(),
  live: colorSchema,
  /** When the process that asks last looked, by the store's clock. */
  lookedAt: z.number().optional(),
  state: evidenceStateSchema,
});

/** The requests of a service, and the digest of the settings that they come from. */
type ConfiguredPairs = Pairs & { digest: string };

/** Reads what a process kept; undefined: nothing, or nothing that this version can read. */
export function readKept(
  json: string | null,
): { epoch: number; live: Color; lookedAt?: number | undefined; state: EvidenceState } | undefined {
  if (json === null) return undefined;
  try {
    return keptSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/**
 * Asks pairs under the due lease `compare:<service>` for as long as somebody needs them, or until `over` aborts: while
 * a release bakes, while an alert fires that may follow it, and when a person asks. So one process asks, however many
 * need it. Throws `Fault` when the storage is unavailable; the next process goes on from what was kept. Resolves to 0
 * when it was stopped: due at once, for another process. `for-others`: the settings cannot be read here. `look` is called
 * when there is something new to send in a channel.
 */
export async function watchPairs(
  parts: Parts,
  service: string,
  over: AbortSignal,
  look: (channel: string) => void = () => {},
): Promise<0 | 'for-others' | undefined> {
  const { store, evidence } = parts;
  const ended = new AbortController();
  const signal = AbortSignal.any([over, ended.signal]);
  let watch: ReturnType<typeof startWatch> | undefined;
  try {
    while (!over.aborted) {
      const { record, now } = await store.load(service);
      // While it bakes, nothing that is kept is news to the process that keeps it.
      const isKnown = record?.state === 'baking' && record.epoch === watch?.epoch;
      let kept = isKnown ? undefined : await evidence.load(service);
      const pairs = record ? await neededPairs(parts, record, kept) : 'none';
      if (pairs === 'for-others') return pairs;
      if (!record || pairs === 'none') {
        watch?.stop();
        watch = undefined;
        if (record?.evidence && !underWay(record)) {
          const others = await othersThatShow(parts, record);
          await save(parts, record, now, (draft) => set(draft, others));
        }
        kept ??= await evidence.load(service);
        if (kept.wantedUntil <= kept.now) return undefined;
        // It would be due again at once.
        await parts.clock.sleep(lookMs, over);
        continue;
      }
      if (watch?.epoch !== record.epoch || watch.digest !== pairs.digest) {
        watch?.stop();
        kept ??= await evidence.load(service);
        watch = startWatch(parts, { record, kept, pairs }, signal);
      }
      const found = watch.found(record);
      const news = isNews(record, found, now);
      await watch.keep(now, news);
      if (news) {
        const others = await othersThatShow(parts, record);
        const saved = await save(parts, record, now, (draft) => write(draft, found, now, others));
        if (saved) look(channelFor(parts, record));
        if (saved && savedEvidence(record)?.now !== found.now) parts.observe.verdict(found.now);
      }
      await watch.next();
    }
    return 0;
  } finally {
    ended.abort('ended');
  }
}

/** Starts to ask, and counts. Goes on from what another process kept about the same switch. */
function startWatch(
  { clock, evidence, log }: Parts,
  { record, kept, pairs }: { record: ServiceRecord; kept: KeptEvidence; pairs: ConfiguredPairs },
  over: AbortSignal,
) {
  const { service, epoch, live } = record;
  const ahead = kept.now - clock.mono();
  const before = readKept(kept.json);
  let state = before?.epoch === epoch ? before.state : emptyEvidence(kept.now);
  let shown = record;
  let keptAt = Number.NEGATIVE_INFINITY;
  let look = new AbortController();
  const ended = new AbortController();
  const signal = AbortSignal.any([over, ended.signal]);
  signal.addEventListener('abort', () => look.abort('ended'), { once: true });
  const found = (): Evidence => evidenceAt(state, clock.mono() + ahead);
  const count = (pair: Pair): void => {
    state = withPair(state, { ...pair, at: pair.at + ahead }, pairs);
    if (differs(shown, verdictsAt(state, clock.mono() + ahead))) look.abort('news');
  };
  void askPairs(clock, pairs, live, signal, count, (cause) =>
    log.error({ service, err: cause }, 'A pair could not be counted'),
  );
  return {
    epoch,
    digest: pairs.digest,
    stop: () => ended.abort('stopped'),
    /** What the pairs say now; `record` shows what was said before. */
    found(record: ServiceRecord): Evidence {
      shown = record;
      return found();
    },
    /** Keeps the counts for another process, and that somebody asks. `lookedAt`: by the store's clock. */
    async keep(lookedAt: number, atOnce: boolean): Promise<void> {
      // A look may come a little early.
      if (!atOnce && clock.mono() - keptAt < keepMs - lookMs / 2) return;
      keptAt = clock.mono();
      await evidence.keep(service, JSON.stringify({ epoch, live, lookedAt, state }));
    },
    /** Waits for the next look: at once when a pair changes what the record says. */
    async next(): Promise<void> {
      look = new AbortController();
      if (!signal.aborted) await clock.sleep(inStep(clock, lookMs), look.signal);
    },
  };
}

/** Returns the requests, while pairs are needed and there is a way back; else `none`. `kept`: read where it decides. */
async function neededPairs(
  parts: Parts,
  record: ServiceRecord,
  kept: KeptEvidence | undefined,
): Promise<ConfiguredPairs | 'none' | 'for-others'> {
  if (whyNot(record) !== undefined) return 'none';
  if (record.state === 'baking' || kept === undefined || kept.wantedUntil > kept.now)
    return pairsOf(parts, record);
  const { now } = kept;
  const settings = readableSettings(parts, record)?.settings;
  const mayFollow = releaseInWindow({ now, record, settings }) !== undefined;
  return mayFollow && (await parts.alerts.open(record.service)).length > 0 ? pairsOf(parts, record) : 'none';
}

/** Returns why the colors cannot be compared now, as a sentence; undefined: they can. */
export function whyNot(record: ServiceRecord): Line | undefined {
  if (wayBack(record) === undefined) return line`There is no way back to compare with.`;
  if (underWay(record) || record.state === 'stuck')
    return line`${record.service} is ${record.state}: the colors are compared when it rests.`;
  return undefined;
}

/** Returns the requests of a service; `for-others`: its settings cannot be read here. */
export function pairsOf(parts: Parts, record: ServiceRecord): ConfiguredPairs | 'none' | 'for-others' {
  const configured = readableSettings(parts, record);
  if (configured === undefined) return 'for-others';
  try {
    const { pairs } = parts.adapters(record.service, configured);
    return pairs ? { ...pairs, digest: configured.digest } : 'none';
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
}

/** Returns the other messages that show the verdict: open alerts, and notices that ask for a decision. */
async function othersThatShow(parts: Parts, record: ServiceRecord): Promise<Draft['drawOthers']> {
  const { alerts } = parts;
  const channel = channelFor(parts, record);
  const groups = await Promise.all((await alerts.open(record.service)).map((id) => alerts.load(id)));
  return [
    ...groups.flatMap(({ group, placed }) =>
      group && placed?.kind === 'own'
        ? [{ channel: group.channel, release: group.id, service: alertCards }]
        : [],
    ),
    ...openActionItems(record)
      .filter(({ kind }) => kind === 'unhealthy' || kind === 'countdown')
      .map(({ id }) => ({ channel, release: id, service: noticeCards })),
  ];
}

/** True where the record says something else. */
function differs(record: ServiceRecord, { now, steady }: Pick<Evidence, 'now' | 'steady'>): boolean {
  const saved = savedEvidence(record);
  return (saved?.now ?? 'unknown') !== now || (saved?.steady ?? 'unknown') !== steady;
}

/** Returns the verdict that the thread does not have yet. */
function untold(record: ServiceRecord, { now, goesOn }: Evidence, at: number): boolean {
  const told = savedEvidence(record)?.told;
  if (told && (told.verdict === now || at - told.at < toldMs)) return false;
  return (isWorthTelling(now) && goesOn) || (now === 'no-difference' && told !== undefined);
}

/** True where the pairs would show a difference half as large as the record says. */
function isSharper(record: ServiceRecord, { now, seenPoints }: Evidence): boolean {
  if (now !== 'no-difference' || seenPoints === undefined) return false;
  return (savedEvidence(record)?.seenPoints ?? Number.POSITIVE_INFINITY) >= 2 * seenPoints;
}

function isNews(record: ServiceRecord, found: Evidence, at: number): boolean {
  return differs(record, found) || isSharper(record, found) || untold(record, found, at);
}

function write(draft: Draft, found: Evidence, at: number, others: Draft['drawOthers']): void {
  const { record } = draft;
  const { now, steady, pairs, liveFailed, backFailed, seenPoints } = found;
  const telling = untold(record, found, at);
  const told = telling ? { verdict: now, at: fromNow() } : savedEvidence(record)?.told;
  set(draft, others, {
    epoch: record.epoch,
    now,
    steady,
    at: fromNow(),
    pairs,
    liveFailed,
    backFailed,
    ...(seenPoints !== undefined && { seenPoints }),
    ...(told && { told }),
  });
  if (!telling) return;
  const text = verdictLine(found, record.live);
  notify(draft, 'event', text);
  addHistory(draft, { kind: 'system', rule: 'compare' }, 'evidence', line`${now}: ${text}`);
}

/** Sets what the card shows, or takes it away. The others are drawn where their words change: Slack limits edits. */
function set(draft: Draft, others: Draft['drawOthers'], evidence?: ServiceRecord['evidence']): void {
  const { record } = draft;
  const before = plain(urgentVerdict(record));
  if (evidence === undefined) delete record.evidence;
  else record.evidence = evidence;
  markCard(draft);
  if (plain(urgentVerdict(record)) !== before) draft.drawOthers.push(...others);
}
