/** The verbs that only read: status, why, compare, diff and history. */
import { compareNow } from '../release/evidence/compare-now.ts';
import { diffNow } from '../release/mirror/diff.ts';
import { explainGates } from '../release/explain-gates.ts';
import type { OpenRedis } from '../redis/open.ts';
import type { View } from '../release/command.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { underWay } from '../release/release.ts';
import type { Refusal } from '../release/refusals.ts';
import { refusalWords } from '../release/refusals.ts';
import { compareLines } from '../text/compare-lines.ts';
import { diffLines } from '../text/diff-lines.ts';
import { whyLines } from '../text/gate-lines.ts';
import { entryLine } from '../text/history-lines.ts';
import { loadView, loadViews } from '../text/load-view.ts';
import { ranked, statusLines, statusRow } from '../text/status-lines.ts';
import { beforeAsking, withCliContext } from './context.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { comparedFacts, diffFacts, entryFacts, serviceFacts, whyFacts } from './json.ts';
import { onlyReads } from './output.ts';
import { fail, printLine, sayJson } from './print.ts';

/** `status [service]`. Resolves to the exit code, as all verbs do. */
export function status(service: string | undefined, json: boolean): Promise<number> {
  onlyReads();
  return withCliContext((desk) => (service === undefined ? all(desk, json) : one(desk, service, json)));
}

/** `history <service> [n]`. */
export function history(service: string, count: number, json: boolean): Promise<number> {
  onlyReads();
  return withCliContext((desk) => entries(desk, service, count, json));
}

/** `why <service>`. */
export function why(service: string, json: boolean): Promise<number> {
  onlyReads();
  return withCliContext((desk) => gates(desk, service, json));
}

/** `compare <service>`. */
export function compare(service: string, json: boolean): Promise<number> {
  onlyReads();
  return withCliContext((desk) => colors(desk, service, json));
}

/** `diff <service>`. */
export function diff(service: string, json: boolean): Promise<number> {
  onlyReads();
  return withCliContext((desk) => answers(desk, service, json));
}

async function all({ parts }: CliContext, json: boolean): Promise<number> {
  const { views } = ranked(await loadViews(parts));
  if (json) sayJson({ services: views.map(serviceFacts) });
  else if (views.length === 0) printLine(line`No service is configured.`);
  else printLine(...views.map(statusRow));
  return exitCodes.done;
}

/** A warning where a bot is needed and none is connected. */
async function botLine(redis: OpenRedis, { loaded: { record } }: View): Promise<Line[]> {
  const needed = record !== null && (underWay(record) || record.bake !== null);
  if (!needed || (await redis.bots()) !== 0) return [];
  return [
    line`bot: none is connected, so nothing continues by itself${record.bake ? ', and nobody watches the bake' : ''}.`,
  ];
}

async function one({ parts, redis }: CliContext, service: string, json: boolean): Promise<number> {
  const view = await loadView(service, parts);
  if ('refusal' in view) return unknown(view);
  if (json) sayJson(serviceFacts(view));
  else printLine(...statusLines(view), ...(await botLine(redis, view)));
  return exitCodes.done;
}

async function entries(
  { parts }: CliContext,
  service: string,
  count: number,
  json: boolean,
): Promise<number> {
  // A configured service exists, even without a readable record.
  const found = parts.catalog.find(service) ?? (await loadView(service, parts));
  if ('refusal' in found) return unknown(found);
  const newest = await parts.store.history(service, count);
  if (json) sayJson({ service, entries: newest.map(entryFacts) });
  else if (newest.length === 0) printLine(line`Nothing has happened yet.`);
  else printLine(...newest.map(entryLine));
  return exitCodes.done;
}

async function gates({ parts, redis, actor }: CliContext, service: string, json: boolean): Promise<number> {
  const view = await loadView(service, parts);
  if ('refusal' in view) return unknown(view);
  await beforeAsking(parts, service, view.loaded.record);
  const found = await explainGates(parts, service, actor);
  if (json) sayJson(whyFacts(service, found));
  else printLine(...whyLines(service, found), ...(await botLine(redis, view)));
  return exitCodes.done;
}

async function colors({ parts, redis }: CliContext, service: string, json: boolean): Promise<number> {
  const view = await loadView(service, parts);
  if ('refusal' in view) return unknown(view);
  const compared = await compareNow(parts, service);
  if (json) sayJson(comparedFacts(service, compared));
  else printLine(...compareLines(service, compared), ...(await botLine(redis, view)));
  return exitCodes.done;
}

async function answers({ parts, redis }: CliContext, service: string, json: boolean): Promise<number> {
  const view = await loadView(service, parts);
  if ('refusal' in view) return unknown(view);
  const found = await diffNow(parts, service);
  if (json) sayJson(diffFacts(service, found));
  else printLine(...diffLines(service, found), ...(await botLine(redis, view)));
  return exitCodes.done;
}

/** Reports an unknown service. */
export function unknown({ refusal }: { refusal: Refusal }): number {
  return fail(exitCodes.refused, { code: refusal.code, message: refusalWords(refusal) });
}
