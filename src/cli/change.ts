import { randomUUID } from 'node:crypto';
import { failoverLost } from '../release/answer.ts';
import type { Wake } from '../release/save-decision.ts';
import type { Answer } from '../release/command.ts';
import { verbOf } from '../release/verbs/index.ts';
import type { Command } from '../release/verbs/index.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { again } from '../release/lost-commands.ts';
import type { Accepted } from '../release/lost-commands.ts';
import type { Operation, ServiceRecord } from '../release/release.ts';
import type { TakenLease } from '../release/session.ts';
import type { Loaded, Store } from '../release/store.ts';
import { makeSubmit } from '../release/submit.ts';
import { ensureAdopted } from './ensure-adopted.ts';
import { beforeAsking, withCliContext } from './context.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { waitUntilRest } from './wait-until-rest.ts';
import { takeTurn } from './take-turn.ts';
import { cancelEnded, promoteResult, restoreEnded, revertEnded, stageResult } from './outcome.ts';
import type { Ended } from './outcome.ts';
import { progress } from './progress.ts';
import { asJson } from './output.ts';
import { done, fail, printRefusal, printNote } from './print.ts';
import { untilSignal } from './signals.ts';
import { wasStored } from './was-stored.ts';

/** A changing command without the fields that every command has. */
export type ChangeFields = Command extends infer C
  ? C extends { verb: 'extend' }
    ? never
    : C extends Command
      ? Omit<C, 'actor' | 'marks' | 'press'>
      : never
  : never;

/**
 * Submits a command, and carries out its operation until that rests: steps on standard error, the end on standard
 * output. `waitMs`: the longest wait of a stage or promote for its turn. Resolves to the exit code.
 */
export function change(asked: ChangeFields, waitMs?: number): Promise<number> {
  return withCliContext((desk) => changeAt(desk, asked, waitMs));
}

async function changeAt(desk: CliContext, asked: ChangeFields, waitMs?: number): Promise<number> {
  const { store } = desk.parts;
  const { service } = asked;
  const look = async (): Promise<Loaded> => {
    const [loaded] = await store.loadMany([service]);
    if (!loaded) throw new Error('the store answered for no service');
    return loaded;
  };
  let before = await look();
  await beforeAsking(desk.parts, service, before.record);
  if (before.record === null && before.bad === undefined) {
    await ensureAdopted(desk, asked);
    before = await look();
  }
  let news = progress(before.record);
  let accepted = false;
  const seen = (record: ServiceRecord): void => {
    if (accepted) printNote(...news(record));
  };
  const parts = { ...desk.parts, store: watched(desk.parts.store, seen) };
  const begun: { taken?: TakenLease | undefined; accepted?: Accepted; drives: boolean; unclear: boolean } = {
    drives: false,
    unclear: false,
  };
  const wake: Wake = {
    drive: (_service, taken) => Object.assign(begun, { drives: true, taken }),
    nudge: () => {},
    look: () => {},
    confirmLater: () => Object.assign(begun, { unclear: true }),
    accepted: (accepted) => Object.assign(begun, { accepted }),
    acceptedElsewhere: () => {},
  };
  let marks: string[] = [];
  let since = 0;
  const send = (): Promise<Answer> => {
    marks = [`cli:${randomUUID()}`];
    since = parts.clock.mono();
    return makeSubmit(parts, wake)({ ...asked, actor: desk.actor, marks });
  };
  const sendInTurn = async (forMs: number): ReturnType<typeof takeTurn> => {
    const { verb } = asked;
    if (verb !== 'stage' && verb !== 'promote') return { answer: await send() };
    return takeTurn(desk, { ...asked, actor: desk.actor, marks: [] }, forMs, interrupted, async () => {
      // Progress starts here: events of the wait belong to other commands.
      before = await look();
      news = progress(before.record);
      return send();
    });
  };
  const interrupted = untilSignal();
  try {
    const sent = waitMs === undefined ? { answer: await send() } : await sendInTurn(waitMs);
    if ('code' in sent) return sent.code;
    const { answer } = sent;
    if (!answer.ok && before.bad !== undefined) return printRefusal(answer.refusal, exitCodes.storage);
    if (!answer.ok) return await notTaken(desk, asked, answer, begun.unclear ? marks : []);
    const { verb } = asked;
    if (verb !== 'revert' && verb !== 'cancel' && !begun.drives) return done(verb, service, answer.text);
    const { record } = begun.taken?.loaded ?? (await store.load(service));
    // A cancel that stops an operation is done when the operation has stopped; any other is done already.
    if (verb === 'cancel' && record?.op?.ending === undefined) return done(verb, service, answer.text);
    printNote(answer.text);
    accepted = true;
    const op = record?.op;
    const rest = await waitUntilRest(
      { parts },
      {
        service,
        taken: begun.taken,
        // A revert may be stored as a pending revert, and become the operation later.
        going: (now) => asked.verb === 'revert' || now.op?.id === op?.id,
        seen,
      },
      interrupted.signal,
    );
    if (!rest)
      return fail(interrupted.code(), {
        code: 'interrupted',
        message: line`${asked.verb} of ${service}: this command stops waiting.`,
        next: await whoGoesOn(desk, service),
      });
    if (begun.accepted && (await isLost(store, marks, since)))
      return await afterLoss(desk, asked, begun.accepted, rest);
    const ended = await endOf(desk, asked, rest, {
      kind: asked.verb === 'revert' ? 'revert' : (op?.kind ?? verbOf(asked).begins ?? 'promote'),
      release: op?.release ?? record?.releases[0]?.id ?? '',
      since: before.now,
    });
    if (rest.bake && ended.error === undefined && (await desk.redis.bots()) === 0)
      printNote(line`  No bot is connected, so nobody watches the bake.`);
    return ended.error === undefined
      ? done(asked.verb, service, ended.text)
      : fail(ended.code, { code: ended.error, message: ended.text });
  } finally {
    interrupted.forget();
  }
}

/** Which process continues what this one leaves, as far as the connections of Redis show. */
async function whoGoesOn({ redis }: CliContext, service: string): Promise<Line> {
  const bots = await redis.bots();
  if (bots === undefined)
    return line`A bot continues it, if one runs; if not, run retry ${service}. status ${service} shows the state.`;
  if (bots > 0) return line`A bot continues it; status ${service} shows the state.`;
  return line`No bot is connected, so nothing continues it by itself: retry ${service} continues it, cancel ${service} drops what has not switched, revert ${service} goes back; status ${service} shows the state.`;
}

/** True when another server of the storage took over since, without the accepted command. */
async function isLost(store: Store, marks: readonly string[], since: number): Promise<boolean> {
  const changedAt = store.server?.changedAt() ?? -Infinity;
  return changedAt >= since && (await store.recall(marks))?.ok !== true;
}

/** Handles a command that a failover lost: a revert is submitted once more; a person decides about any other. */
async function afterLoss(
  desk: CliContext,
  asked: ChangeFields,
  accepted: Accepted,
  rest: ServiceRecord,
): Promise<number> {
  const next = asked.verb === 'revert' ? again(accepted, rest) : undefined;
  if (next === undefined || 'why' in next) {
    const { text } = failoverLost(asked, next?.why);
    return fail(exitCodes.storage, { code: 'storage-unavailable', message: text });
  }
  printNote(line`A Redis failover lost the revert after it was accepted. It is sent again.`);
  if (next.verb === 'revert') return changeAt(desk, asked);
  // The record still names the target color: only the router may have moved.
  const code = await changeAt(desk, { verb: 'retry', service: asked.service });
  return code === exitCodes.refused ? exitCodes.otherwise : code;
}

async function endOf(
  { parts }: CliContext,
  { verb, service }: ChangeFields,
  rest: ServiceRecord,
  { kind, release, since }: { kind: Operation['kind']; release: string; since: number },
): Promise<Ended> {
  if (verb === 'cancel') return cancelEnded(rest, release, kind);
  const history = (): ReturnType<typeof parts.store.history> => parts.store.history(service, 20);
  switch (kind) {
    case 'stage':
      return stageResult(rest, release);
    case 'promote':
      return promoteResult(verb, rest, release);
    case 'revert':
      return revertEnded(verb, rest, since, await history());
    case 'restore':
      return restoreEnded(verb, rest, since, await history());
    default:
      return kind satisfies never;
  }
}

/** Prints a refusal; for a save without an answer (`marks`) also its outcome, when that is known soon. */
async function notTaken(
  desk: CliContext,
  asked: ChangeFields,
  answer: Answer & { ok: false },
  marks: readonly string[],
): Promise<number> {
  const { parts } = desk;
  const { refusal } = answer;
  if (refusal.code !== 'storage-unavailable') return printRefusal(refusal);
  if (!asJson) printRefusal(refusal);
  let became: Line | undefined;
  const stored = await wasStored(parts, asked, marks);
  if (stored !== undefined)
    became = stored
      ? line`It was stored after all. ${await whoGoesOn(desk, asked.service)}`
      : line`It was not stored; nothing was done.`;
  if (asJson) return printRefusal(became ? { ...refusal, next: became } : refusal, exitCodes.storage);
  if (became) printNote(became);
  return exitCodes.storage;
}

/** The store, which passes each saved record on to `seen`. */
function watched(store: Store, seen: (record: ServiceRecord) => void): Store {
  return {
    ...store,
    async save(given) {
      const answer = await store.save(given);
      if (answer.ok) seen(answer.record);
      return answer;
    },
  };
}
