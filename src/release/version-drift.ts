/** Version drift: the live color runs another version than the recorded one, for example after a restart. */
import type { Configured } from './command.ts';
import { markCard, notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { versionDriftOf } from './drift.ts';
import { isBadSettings } from './fault.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import type { ServiceRecord } from './release.ts';
import { save } from './save.ts';
import { askOnce } from './steps/check.ts';
import type { Loaded } from './store.ts';
import { withTimeout } from './with-timeout.ts';

/** A new answer counts once it is repeated this much later, ms. */
const apartMs = 10_000;
const askedMs = 5_000;
/** How many services one look asks; with more, each look takes the next ones, so that thousands cost little. */
const mostAsked = 400;
/** How many questions are asked at a time, and the pause before the next ones, ms. */
const atOnce = 8;
const pauseMs = 100;

/**
 * Returns the version that the live color reports, if it is not the recorded one; null: it is; undefined: no answer.
 */
export async function otherVersion(
  parts: Pick<Parts, 'adapters' | 'clock'>,
  { service, live, colors }: ServiceRecord,
  configured: Configured,
  over?: AbortSignal,
  ms = askedMs,
): Promise<string | null | undefined> {
  const { version } = colors[live];
  const reports = parts.adapters(service, configured).health.filter((check) => check.reportsVersion);
  if (version === null || reports.length === 0) return undefined;
  const seen = await withTimeout(parts.clock, ms, (signal) => askOnce(reports, live, version, signal), over);
  if (seen.healthy) return null;
  return seen.code === 'version-mismatch' ? seen.version : undefined;
}

/** Records the drift once, with its notice and its button. */
export function noteVersionDrift(draft: Draft, saw: string): void {
  const { record } = draft;
  const { live, service } = record;
  if (versionDriftOf(record)?.saw === saw) return;
  record.versionDrift = { color: live, saw, at: fromNow() };
  markCard(draft);
  const recorded = record.colors[live].version ?? 'unknown';
  notify(
    draft,
    'broadcast',
    line`${{ code: 'version-drift' }}: the record says that ${service} runs ${recorded} on ${live}, but ${live} reports ${saw}. Somebody changed it without Switchback. After a promote a revert to it would be refused (version-mismatch). Adopt records ${saw}.`,
    { buttons: 'drift', version: true, calls: 'operator', ...(!record.releases[0] && { release: null }) },
  );
  draft.history.push({
    actor: { kind: 'system', rule: 'drift' },
    what: 'version-drift',
    text: line`${live} reports ${saw}, the record says ${recorded}`,
  });
}

/** Ends the drift: the color reports the recorded version again. */
function endVersionDrift(draft: Draft): void {
  const { record } = draft;
  const { live, service } = record;
  record.versionDrift = null;
  markCard(draft);
  const version = record.colors[live].version ?? 'unknown';
  draft.history.push({
    actor: { kind: 'system', rule: 'drift' },
    what: 'version-drift-over',
    text: line`${live} reports ${version} again`,
  });
  notify(
    draft,
    'event',
    line`${live} of ${service} reports ${version} again: the version drift is over.`,
    record.releases[0] ? {} : { release: null },
  );
}

interface Seen extends Loaded {
  record: ServiceRecord;
  /** As `otherVersion` returns it. */
  saw: string | null;
}

/**
 * Asks the live colors of services at rest for their version, and records what two answers in a row say. Throws
 * `Fault` when the storage is unavailable.
 */
export async function lookAtVersions(parts: Parts, over: AbortSignal): Promise<void> {
  const { remembered, catalog } = parts;
  const all = catalog.names();
  const from = all.length > mostAsked ? remembered.versionsFrom % all.length : 0;
  remembered.versionsFrom = from + mostAsked;
  const names = [...all.slice(from), ...all.slice(0, from)].slice(0, mostAsked);
  const changed = (await ask(parts, names, over)).filter(
    ({ record, saw }) => (versionDriftOf(record)?.saw ?? null) !== saw,
  );
  if (changed.length === 0) return;
  await parts.clock.sleep(apartMs, over);
  const before = new Map(
    changed.map(({ record, saw }) => [record.service, { saw, revision: record.revision }]),
  );
  for (const { record, now, saw } of await ask(parts, [...before.keys()], over)) {
    const first = before.get(record.service);
    if (first?.saw !== saw || first.revision !== record.revision) continue;
    await save(parts, record, now, (draft) =>
      saw === null ? endVersionDrift(draft) : noteVersionDrift(draft, saw),
    );
  }
}

/** Returns the versions of those live colors that are at rest and answered. */
async function ask(parts: Parts, names: readonly string[], over: AbortSignal): Promise<Seen[]> {
  const seen: Seen[] = [];
  const resting = (await parts.store.loadMany(names)).flatMap((loaded) => {
    const { record, bad } = loaded;
    const rests =
      record !== null && bad === undefined && (record.state === 'idle' || record.state === 'staged');
    const configured = rests && record.drift === null ? parts.catalog.find(record.service) : undefined;
    return rests && configured ? [{ loaded: { ...loaded, record }, configured }] : [];
  });
  for (let i = 0; i < resting.length && !over.aborted; i += atOnce) {
    if (i > 0) await parts.clock.sleep(pauseMs, over);
    const some = resting.slice(i, i + atOnce).map(async ({ loaded, configured }) => {
      const saw = await otherVersion(parts, loaded.record, configured, over).catch((cause: unknown) => {
        // The poll of the routers reports it.
        if (!isBadSettings(cause)) throw cause;
        return undefined;
      });
      if (saw !== undefined && !over.aborted) seen.push({ ...loaded, saw });
    });
    await Promise.all(some);
  }
  return seen;
}
