/** Finds what may cause an automatic revert now. */
import { firingOf, idleNamed } from '../alerts/attribution.ts';
import type { AlertGroup } from '../alerts/alert.ts';
import { isSilent } from '../alerts/context.ts';
import type { AlertContext } from '../alerts/context.ts';
import { heardEvidence } from '../evidence/heard-evidence.ts';
import { verdictLine } from '../evidence/words.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Limit } from '../measurements.ts';
import type { Parts } from '../parts.ts';
import type { ServiceRecord } from '../release.ts';
import { withTimeout } from '../with-timeout.ts';
import type { AutoRevertSettings, Look } from './rule.ts';
import type { Cause, CauseKind } from './state.ts';

/** How often the limit is asked for, how long one answer may take, and how long it counts, ms. */
const limitEveryMs = 5_000;
const limitAskedMs = 5_000;
const limitCountsMs = 15_000;

/** Asks for the number with a limit, from time to time. */
export interface LimitWatch {
  /** Asks if it is time to, and waits for no answer. Returns the newest answer; undefined: none of late. */
  look(limit: Limit, record: ServiceRecord): Awaited<ReturnType<Limit['ask']>> | undefined;
  end(): void;
}

/** Makes the watch of one number, until `over` aborts. */
export function watchLimit({ clock, log }: Pick<Parts, 'clock' | 'log'>, over: AbortSignal): LimitWatch {
  const ended = new AbortController();
  const stopping = AbortSignal.any([over, ended.signal]);
  let newest: { at: number; epoch: number; answer: Awaited<ReturnType<Limit['ask']>> } | undefined;
  let askAt = Number.NEGATIVE_INFINITY;
  const ask = async (limit: Limit, { service, live, epoch }: ServiceRecord): Promise<void> => {
    const at = clock.mono();
    try {
      const answer = await withTimeout(clock, limitAskedMs, (signal) => limit.ask(live, signal), stopping);
      newest = { at, epoch, answer };
    } catch (cause) {
      if (!stopping.aborted)
        log.warn({ service, err: cause }, 'The number with a limit could not be asked for');
    }
    askAt = clock.mono() + limitEveryMs;
  };
  return {
    look(limit, record) {
      if (clock.mono() >= askAt) {
        askAt = Number.POSITIVE_INFINITY;
        void ask(limit, record);
      }
      const counts = newest?.epoch === record.epoch && clock.mono() - newest.at < limitCountsMs;
      return counts ? newest?.answer : undefined;
    },
    end: () => ended.abort('ended'),
  };
}

/** Returns what holds now of the causes in the settings. Throws `Fault('storage-unavailable')`. */
export async function causesNow(
  parts: Parts,
  context: AlertContext & { record: ServiceRecord },
  { on, sources }: AutoRevertSettings,
  limit: { state: 'over' | 'under' | 'no-data'; words: string } | undefined,
): Promise<Omit<Look, 'now' | 'missed' | 'begins'>> {
  const { record } = context;
  const found: Cause[] = [];
  const unknown = new Set<CauseKind>();
  const heard = await heardEvidence(parts, record);
  const verdict = heard?.now ?? 'unknown';
  if (on.includes('compare')) {
    if (heard && verdict === 'helps') found.push({ kind: 'compare', words: verdictLine(heard, record.live) });
    if (verdict === 'unknown') unknown.add('compare');
  }
  if (on.includes('limit')) {
    if (limit?.state === 'over')
      found.push({ kind: 'limit', words: line`The limit is passed: ${limit.words}.` });
    if (limit === undefined || limit.state === 'no-data') unknown.add('limit');
  }
  if (on.includes('critical')) {
    const words = await criticalAlert(parts, context, sources);
    if (words !== undefined) found.push({ kind: 'critical', words });
  }
  const unanswered = heard?.neverAnswered === true;
  return { verdict, steady: heard?.steady ?? 'unknown', unanswered, found, unknown };
}

/** Returns which critical alert of these sources began after the switch and still fires, as a sentence. */
async function criticalAlert(
  parts: Parts,
  context: AlertContext & { record: ServiceRecord },
  sources: readonly string[],
): Promise<Line | undefined> {
  const ids = await parts.alerts.open(context.record.service);
  const groups = await Promise.all(ids.map((id) => parts.alerts.load(id)));
  for (const { group } of groups) {
    // Without its title: cards name no alerts, which others wrote.
    if (group && sources.includes(group.source) && isCritical(group, context))
      return line`A critical alert of ${group.source} fires.`;
  }
  return undefined;
}

/** True where an alert of the group is critical, fires, and began after the switch. */
function isCritical(group: AlertGroup, context: AlertContext & { record: ServiceRecord }): boolean {
  const { status, closed, dropped, follows } = group;
  if (status !== 'firing' || closed || dropped || isSilent(group, context)) return false;
  // After its window only a countdown that began in it goes on, and its alert still counts.
  if (follows === null || follows.release !== context.record.releases[0]?.id) return false;
  if (idleNamed(group, context) !== undefined) return false;
  return firingOf(group).some(
    ({ severity, trouble, since }) =>
      severity === 'critical' && trouble === undefined && since >= follows.switchedAt,
  );
}
