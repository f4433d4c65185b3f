import { oneLineText } from '../net/answer-path.ts';
import { togetherHeld } from '../release/write-hold.ts';
import type { HeldWrites, HoldAnswer, WriteDenial, WriteHold } from '../release/write-hold.ts';
import type { HaproxyPlace } from './haproxy-places.ts';
import { askHaproxy } from './haproxy-socket.ts';
import type { HoldOptions } from './write-options.ts';

/** One command is answered within a few ms, or the switch goes on without it. */
const deadlineMs = 500;
const answerBytes = 4 * 1024;

/** What HAProxy says of a hold: the answer of `haproxy/switchback.lua`. */
const answer =
  /^(none|holding|released|expired)(?: id=(\S+) ms=(\d+) waited=(\d+) waiting=\d+ refused=(\d+))? denial=(?:none|on|over) seen=(\d+)$/;

interface HoldState {
  is: 'none' | 'holding' | 'released' | 'expired';
  held: HeldWrites;
  /** How many requests came through the line of the frontend since HAProxy started. */
  seen: number;
}

const denial = /^(none|denying|over)(?: id=\S+ ms=(\d+) refused=\d+)?$/;

/** Denies writes in HAProxy, by the commands of `haproxy/switchback.lua`. */
export function haproxyDenial(
  places: () => Promise<HaproxyPlace[]>,
  key: string,
  { methods }: Pick<HoldOptions, 'methods'>,
): WriteDenial {
  const each = async (command: string, signal: AbortSignal, unknown: boolean): Promise<HoldAnswer[]> =>
    Promise.all(
      (await places()).map(async ({ instance, address }): Promise<HoldAnswer> => {
        const reply = await askHaproxy({ address, command, deadlineMs, maxBytes: answerBytes, signal });
        if (reply.outcome !== 'answered') return { instance, held: unknown, detail: reply.detail };
        const [, is, ms] = denial.exec(reply.text) ?? [];
        if (is === undefined) return { instance, held: unknown, detail: whyNot(reply.text) };
        if (is === 'denying') return { instance, held: true, forMs: Number(ms) };
        return { instance, held: false, detail: `HAProxy says "${is}"` };
      }),
    );
  return {
    deny: (id, ms, signal) => each(`switchback deny ${key} ${id} ${ms} ${methods.join(',')}`, signal, false),
    allow: (id, signal) => each(`switchback allow ${key} ${id}`, signal, true),
  };
}

/** Says why an instance can neither hold nor deny writes. `maybe`: it may only have had no request. */
export async function cannotHold(
  { address }: HaproxyPlace,
  key: string,
  signal: AbortSignal,
): Promise<{ detail: string; maybe?: true } | undefined> {
  const command = `switchback writes ${key}`;
  const reply = await askHaproxy({ address, command, deadlineMs, maxBytes: answerBytes, signal });
  if (reply.outcome !== 'answered') return { detail: reply.detail };
  const said = readHold(reply.text);
  if ('why' in said) return { detail: said.why };
  return said.seen > 0 ? undefined : { detail: unseen(key), maybe: true };
}

/** Lets writes wait in HAProxy, by the commands of `haproxy/switchback.lua`. */
export function haproxyHold(
  places: () => Promise<HaproxyPlace[]>,
  key: string,
  { methods, max }: Pick<HoldOptions, 'methods' | 'max'>,
): WriteHold {
  const ask = async (
    { address }: HaproxyPlace,
    command: string,
    signal: AbortSignal,
  ): Promise<HoldState | { why: string; silent?: true }> => {
    const reply = await askHaproxy({ address, command, deadlineMs, maxBytes: answerBytes, signal });
    if (reply.outcome !== 'answered') return { why: reply.detail, silent: true };
    return readHold(reply.text);
  };
  const each = async <T>(work: (place: HaproxyPlace) => Promise<T>): Promise<T[]> =>
    Promise.all((await places()).map((place) => work(place)));
  return {
    maxMs: max,
    hold: (id, signal) =>
      each(async (place): Promise<HoldAnswer> => {
        const said = await ask(place, `switchback hold ${key} ${id} ${max} ${methods.join(',')}`, signal);
        if ('why' in said) return { instance: place.instance, held: false, detail: said.why };
        if (said.is === 'holding') return { instance: place.instance, held: true };
        return { instance: place.instance, held: false, detail: `HAProxy says "${said.is}"` };
      }),
    async release(id, signal) {
      const all = await each(async (place) => {
        const said = await ask(place, `switchback release ${key} ${id}`, signal);
        return { ...place, said };
      });
      const silent = all.flatMap(({ instance, said }) => ('silent' in said ? [instance] : []));
      const known = all.flatMap(({ said }) => ('why' in said || said.is === 'none' ? [] : [said.held]));
      return { held: togetherHeld(known), silent };
    },
  };
}

function unseen(key: string): string {
  return `no request has come through "http-request lua.switchback-writes ${key}" since HAProxy started`;
}

function whyNot(text: string): string {
  return /^unknown command/i.test(text)
    ? 'HAProxy has not loaded haproxy/switchback.lua (lua-load)'
    : `HAProxy answered "${oneLineText(text, 100)}"`;
}

/** Reads an answer; `why`: HAProxy cannot hold writes, in words. */
export function readHold(text: string): HoldState | { why: string } {
  const [, is, , ms, waited, refused, seen] = answer.exec(text) ?? [];
  if (is === undefined) return { why: whyNot(text) };
  return {
    is: is as HoldState['is'],
    held: { ms: Number(ms ?? 0), requests: Number(waited ?? 0), refused: Number(refused ?? 0) },
    seen: Number(seen),
  };
}
