/** What is known of services, without changing anything. */
import { inspect } from '../release/inspect.ts';
import type { OpenRedis } from '../redis/open.ts';
import type { View } from '../release/command.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { underWay } from '../release/release.ts';
import type { Reply } from '../slack/reply.ts';
import { entryLine } from '../slack/subcommands/history-lines.ts';
import { whyLines } from '../slack/subcommands/why.ts';
import { known } from '../slack/subcommands/reading.ts';
import { statusLines } from '../slack/subcommands/status.ts';
import { statusRows } from '../slack/subcommands/status-page.ts';
import { atDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import { exit } from './exit.ts';
import { entryFacts, gateFacts, serviceFacts } from './facts.ts';
import { onlyReads } from './output.ts';
import { fail, say, sayJson, textOf } from './say.ts';

/** `status [service]`. Resolves to the exit code, as all verbs do. */
export function status(service: string | undefined, json: boolean): Promise<number> {
  onlyReads();
  return atDesk((desk) => (service === undefined ? all(desk, json) : one(desk, service, json)));
}

/** `history <service> [n]`. */
export function history(service: string, count: number, json: boolean): Promise<number> {
  onlyReads();
  return atDesk((desk) => entries(desk, service, count, json));
}

/** `why <service>`. */
export function why(service: string, json: boolean): Promise<number> {
  onlyReads();
  return atDesk((desk) => gates(desk, service, json));
}

async function all({ parts }: Desk, json: boolean): Promise<number> {
  const rows = await statusRows(parts);
  if (json) sayJson({ services: rows.map(({ view }) => serviceFacts(view)) });
  else if (rows.length === 0) say(line`No service is configured.`);
  else say(...rows.map(({ row }) => row));
  return exit.done;
}

/** Where a bot is needed and none is connected. */
async function botLine(redis: OpenRedis, { loaded: { record } }: View): Promise<Line[]> {
  const needed = record !== null && (underWay(record) || record.bake !== null);
  if (!needed || (await redis.bots()) !== 0) return [];
  return [
    line`bot: none is connected, so nothing goes on by itself${record.bake ? ', and nobody watches the bake' : ''}.`,
  ];
}

async function one({ parts, redis }: Desk, service: string, json: boolean): Promise<number> {
  const view = await known(service, parts);
  if ('reply' in view) return unknown(view);
  if (json) sayJson(serviceFacts(view));
  else say(...statusLines(view), ...(await botLine(redis, view)));
  return exit.done;
}

async function entries({ parts }: Desk, service: string, count: number, json: boolean): Promise<number> {
  // A configured service exists, whatever its record says.
  const found = parts.catalog.find(service) ?? (await known(service, parts));
  if ('reply' in found) return unknown(found);
  const newest = await parts.store.history(service, count);
  if (json) sayJson({ service, entries: newest.map(entryFacts) });
  else if (newest.length === 0) say(line`Nothing has happened yet.`);
  else say(...newest.map(entryLine));
  return exit.done;
}

async function gates({ parts, redis, actor }: Desk, service: string, json: boolean): Promise<number> {
  const view = await known(service, parts);
  if ('reply' in view) return unknown(view);
  const found = await inspect(parts, service, actor);
  if (json) sayJson({ service, promote: found.promote.map(gateFacts), revert: found.revert.map(gateFacts) });
  else say(...whyLines(service, found), ...(await botLine(redis, view)));
  return exit.done;
}

/** A service that nobody knows. */
export function unknown({ reply }: { reply: Reply }): number {
  const said = reply.lines.map(textOf).join(' ');
  const code = 'unknown-service';
  return fail(exit.refused, { code, message: [said.replace(`${code}: `, '')] });
}
