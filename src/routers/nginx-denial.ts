/**
 * Denies writes in nginx by empty files: one for each second to come and each method, for which nginx looks with each
 * request. So the end needs no bot, and a change needs no reload.
 */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { call } from '../net/call.ts';
import { codeOf, explain } from '../net/explain.ts';
import type { Doubt } from '../release/ports.ts';
import type { HoldAnswer, WriteDenial } from '../release/write-hold.ts';
import type { Dump } from './nginx-configuration.ts';
import type { NginxRouterOptions } from './nginx-options.ts';
import type { HoldOptions } from './write-options.ts';

/** Deadline of the question whether nginx denies a write now, in ms. */
const askedMs = 500;
/** The file that says who denies writes, and since when. */
const windowFile = 'window';
const secondFile = /^(\d+)\.[A-Z]+$/;

type Options = Pick<NginxRouterOptions, 'include' | 'liveUrl'>;

/** The folder of the files. */
export function deniedFolder({ include }: Pick<Options, 'include'>): string {
  return `${include}.denied`;
}

/** Denies writes at the one instance of an nginx router. */
export function nginxDenial(
  options: Options,
  instance: string,
  { methods }: Pick<HoldOptions, 'methods'>,
): WriteDenial {
  const folder = deniedFolder(options);
  const namesAt = (second: number): string[] => methods.map((method) => `${second}.${method}`);

  async function write(id: string, ms: number, signal: AbortSignal): Promise<number> {
    await mkdir(folder, { recursive: true });
    // The workers have another user.
    await chmod(folder, 0o755);
    const there = new Set(await readdir(folder));
    const begin = Date.now();
    const first = secondOf(begin);
    const known = namesAt(first).every((name) => there.has(name)) ? await readWindow(folder) : undefined;
    const goesOn = known !== undefined && known.since <= begin;
    // What began before must not be said of what begins now.
    if (!goesOn) await rm(join(folder, windowFile), { force: true });
    // In the order of time: if this process dies here, no second in between is left out. A worker's clock may be late.
    for (let second = first - 1; second <= secondOf(begin + ms); second += 1) {
      signal.throwIfAborted();
      const missing = namesAt(second).filter((name) => !there.has(name));
      await Promise.all(missing.map((name) => writeFile(join(folder, name), '', { mode: 0o644 })));
    }
    const since = goesOn ? known.since : Date.now();
    if (!goesOn || known.id !== id) await writeFile(join(folder, windowFile), `${since} ${id}\n`);
    const old = [...there].filter((name) => Number(secondFile.exec(name)?.[1]) < first - 1);
    await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
    return since;
  }

  async function deny(id: string, ms: number, signal: AbortSignal): Promise<HoldAnswer> {
    try {
      const since = await write(id, ms, signal);
      const why = await whyOpen(options, methods, signal);
      if (why !== undefined) return { instance, held: false, detail: why };
      return { instance, held: true, forMs: Math.max(0, Date.now() - since) };
    } catch (error) {
      return { instance, held: false, detail: `${folder} cannot be written: ${explain(error)}` };
    }
  }

  async function allow(id: string): Promise<HoldAnswer> {
    try {
      const known = await readWindow(folder);
      if (known !== undefined && known.id !== id) return { instance, held: false };
      await rm(join(folder, windowFile), { force: true });
      const names = (await readdir(folder)).filter((name) => secondFile.test(name));
      await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
      return { instance, held: false };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return { instance, held: false };
      return { instance, held: true, detail: `${folder} cannot be changed: ${explain(error)}` };
    }
  }

  return {
    deny: async (id, ms, signal) => [await deny(id, ms, signal)],
    allow: async (id) => [await allow(id)],
  };
}

/** Says why nginx cannot deny writes, by its configuration; undefined: it can, or that is not known. */
export function cannotDeny(options: Options, dump: Dump | undefined): Doubt | undefined {
  if (dump === undefined || dump.denyingServers >= 2) return undefined;
  const looks = `"-f ${deniedFolder(options)}/…"`;
  return {
    what:
      dump.denyingServers === 0
        ? `nginx cannot deny writes: its configuration does not look for the files of a window (${looks})`
        : `nginx cannot be seen to deny writes: only one server block looks for the files of a window (${looks})`,
    fix: 'let the server block of clients and that of liveUrl include the lines of docs/nginx.md',
  };
}

/** Says why a write is not denied now; undefined: it is. The location only returns its variable, so it changes nothing. */
async function whyOpen(
  { liveUrl }: Options,
  [method = 'POST']: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const answer = await call({ method, url: liveUrl, deadlineMs: askedMs, signal, body: 'ignore' });
  if (!answer.answered) return answer.reason;
  if (answer.status === 503 && answer.headers['retry-after'] !== undefined) return undefined;
  return `a ${method} to liveUrl gets ${answer.status}, not 503 with Retry-After: do its server block and that of clients include the lines of docs/nginx.md?`;
}

/** The window that was begun last; undefined: there is none, or it cannot be read. */
async function readWindow(folder: string): Promise<{ id: string; since: number } | undefined> {
  const text = await readFile(join(folder, windowFile), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const [, since, id] = /^(\d{1,15}) (\S+)\n$/.exec(text) ?? [];
  return id === undefined ? undefined : { id, since: Number(since) };
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1000);
}
