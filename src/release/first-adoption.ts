/** The first record of a service. See docs/design.md#the-two-colors. */
import { otherColor, signedColor } from './color.ts';
import type { Configured } from './command.ts';
import { changeOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { summarise } from './router-answers.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import { persistSoon } from './outcomes/common.ts';
import type { Parts } from './parts.ts';
import type { RouterAnswer } from './ports.ts';
import { askReady, routerReadiness } from './ready.ts';
import type { ServiceRecord } from './release.ts';
import { askOnce } from './steps/check.ts';
import { withTimeout } from './with-timeout.ts';

/**
 * Makes the first record of a new service, as it runs: no outage, no import. `answers` are the router's. Where a
 * history exists, or this process saw a record, the record was lost, and the service is locked. Resolves to false
 * while the router does not say one color.
 */
export async function adoptFirst(
  parts: Parts,
  service: string,
  configured: Configured,
  answers: readonly RouterAnswer[],
): Promise<boolean> {
  const { heading } = summarise(answers);
  if (heading !== 'blue' && heading !== 'green') return false;
  const { settings, raw, digest, seal } = configured;
  const adapters = parts.adapters(service, configured);
  const reports = adapters.health.filter((check) => check.reportsVersion);
  const idle = otherColor(heading);
  const [seen, ready] = await Promise.all([
    reports.length > 0
      ? withTimeout(parts.clock, 5_000, (signal) => askOnce(reports, heading, undefined, signal))
      : undefined,
    adapters.router.knowsColors ? askReady(parts, adapters.router, idle) : [],
  ]);
  // Its servers may rightly be down: nothing was staged yet.
  const never = routerReadiness(
    ready.filter((each) => each.lasting === true),
    'all',
  ).cause;
  const { record: existing, hasHistory, now } = await parts.store.load(service);
  const { recorded, lost: gone } = parts.remembered;
  if (existing) {
    recorded.add(service);
    return true;
  }
  const lost = hasHistory || gone.has(service);
  // A router that counts epochs accepts none older than the last one it got.
  const epoch = Math.max(1, ...answers.map((answer) => answer.epoch ?? 0));

  const unknown = { role: 'unknown' as const, version: null, since: fromNow() };
  const live = { role: 'live' as const, version: seen?.version ?? null, since: fromNow() };
  const record: ServiceRecord = {
    schema: 1,
    service,
    revision: 0,
    epoch,
    state: 'idle',
    live: heading,
    colors: heading === 'blue' ? { blue: live, green: unknown } : { blue: unknown, green: live },
    sequence: 0,
    releases: [],
    op: null,
    request: null,
    bake: null,
    lock: lost
      ? {
          holder: { kind: 'system', rule: 'record-missing' },
          reason:
            'Its record was missing in Redis: locks, approvals and the way back are gone. Check what runs, then unlock.',
          since: fromNow(),
          until: null,
          remindAt: null,
        }
      : null,
    drift: null,
    lastRevert: null,
    reask: null,
    follow: null,
    persist: null,
    afterRevert: null,
    settings: raw,
    digest,
    seal,
  };
  const text = line`${service}: ${signedColor[heading]} ${live.version ?? '(version unknown)'} is live${lost ? '; it is locked' : ''}${never === undefined ? '' : `. ${idle} cannot be promoted yet: ${never}`}`;
  const draft: Draft = {
    record,
    history: [
      {
        actor: { kind: 'system', rule: 'adoption' },
        what: 'adopted',
        text: line`found running: live ${heading} ${live.version ?? 'unknown'}, epoch ${epoch}${lost ? ', locked: its record was missing' : ''}`,
      },
    ],
    notices: [
      { id: crypto.randomUUID(), service, release: null, kind: 'adopted', text, ...(lost && { lost }) },
    ],
    draw: new Set(),
    drawOthers: [],
  };
  if (adapters.router.persist) persistSoon(draft);
  await parts.store.save(changeOf(draft, 0, now, parts.catalog.channelOf(settings)));
  recorded.add(service);
  gone.delete(service);
  return true;
}
