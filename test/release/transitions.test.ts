/** The program against the tables of machine.ts: each verb in each state, in each case that the table names. */
import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rules, states, steps } from '../../src/release/machine.ts';
import type { Cell, Condition, RuleOutcome, State } from '../../src/release/machine.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { verbs as definitions } from '../../src/release/verbs/index.ts';
import type { Verb } from '../../src/release/verbs/index.ts';
import { save } from '../../src/release/save.ts';
import { actions } from '../../src/slack/actions.ts';
import type { ActionId } from '../../src/slack/actions.ts';
import { bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Asked, Core, Replica } from '../support/memory-core.ts';
import type { ButtonVerb } from './model/actions.ts';

type When = Condition | 'otherwise';
type Case = [verb: Verb, state: State, when: When, outcome: RuleOutcome];

const verbs = Object.keys(rules) as Verb[];
const cases = states.flatMap((state) =>
  verbs.flatMap((verb): Case[] => {
    const cell: Cell = rules[verb][state];
    const outcomes = typeof cell === 'string' ? { otherwise: cell } : cell;
    return (Object.entries(outcomes) as [When, RuleOutcome][]).map(([when, to]) => [verb, state, when, to]);
  }),
);

/** How a service comes into a state, where a state can be reached in several ways. */
interface Way {
  /** How many approvals a promote needs. */
  approvals?: number;
  /** Whether an earlier release left a way back. By default only where a state needs one. */
  back?: boolean;
  /** The promote is at its checks: its intent is not saved. */
  early?: boolean;
  /** What is under way, or stuck. By default a revert is under way, and a promote is stuck. */
  kind?: 'revert' | 'restore';
  /** Happens in that state. May answer with another replica that takes the command. */
  next?: (core: Core, bot: Replica) => Promise<Replica | void>;
}

async function askToPromote(_: Core, bot: Replica): Promise<void> {
  await bot.submit({ verb: 'promote', actor: bob });
}

async function lockIt(_: Core, bot: Replica): Promise<void> {
  await bot.submit({ verb: 'lock', reason: 'look', forMs: 3_600_000, actor: cleo });
}

/** Somebody else moves the router; where it is being switched, to neither color. */
async function stray(core: Core): Promise<void> {
  const { live, state } = await core.record();
  const moving = state === 'promoting' || state === 'reverting';
  core.world.router['r1'] = moving ? 'unknown' : live === 'blue' ? 'green' : 'blue';
}

/** A countdown to an automatic revert is there, and a person holds it. */
async function plantCountdown(core: Core, held: boolean): Promise<void> {
  const record = structuredClone(await core.record());
  const at = core.clock.now();
  const hold = { actor: bob, at, until: at + 600_000 };
  const countdown = { id: 'c', startedAt: at, endsAt: at + 60_000, causes: [], ...(held && { hold }) };
  const release = record.releases[0]?.id ?? '';
  record.autoRevert = { epoch: record.epoch, release, holds: held ? 1 : 0, countdown };
  await core.plant(record.service, JSON.stringify(record));
}

/** Nobody can write, for an hour; or until the switch of the promote under way. Saved: a process that works on the service must read it. */
async function denyWrites(core: Core, bot: Replica, waits = false): Promise<void> {
  for (let saved = false; !saved; ) {
    const { record, now } = await core.loaded();
    if (!record) throw new Error('no record');
    const release = record.releases[0]?.id ?? '';
    const until = now + 3_600_000;
    saved = await save(bot.parts, record, now, (draft) => {
      const end = waits ? { until: null, switchAt: until } : { until };
      draft.record.readOnly = { id: 'w', release, since: now, ...end, renewAt: until };
    });
  }
}

async function plantNoWayBack(core: Core): Promise<void> {
  const record = structuredClone(await core.record());
  record.colors.blue.role = 'unknown';
  await core.plant(record.service, JSON.stringify(record));
}

function wayTo(verb: Verb, state: State, when: When): Way {
  switch (when) {
    case 'there is a way back':
      return { back: true, ...(state === 'reverting' && { kind: 'restore' }) };
    case 'the request expired':
      return {
        approvals: 1,
        next: async (core, bot) => {
          await askToPromote(core, bot);
          await core.clock.advance(2 * 3_600_000);
        },
      };
    case 'approvals are missing':
      return verb === 'promote' ? { approvals: 1 } : { approvals: 2, next: askToPromote };
    case 'its intent is not saved':
      return { early: true };
    case 'no process works on it':
      return {
        next: async (core, bot) => {
          bot.kill();
          await core.clock.jump(5_000);
          return core.replica();
        },
      };
    case 'the live color reports another version':
      return {
        next: async (core) => {
          core.world.colors[(await core.record()).live].version = 'v9';
          await core.clock.until(async () => Boolean((await core.record()).versionDrift), 75_000);
        },
      };
    case 'the router does not answer':
      return { next: async (core) => void core.world.silent.add('r1') };
    case 'otherwise':
      return typeof (rules[verb][state] as Cell) === 'string' ? {} : otherwise(verb, state);
    case 'writes are denied':
      return { next: (core, bot) => denyWrites(core, bot) };
    case 'writes are denied before its switch':
      return { early: true, next: (core, bot) => denyWrites(core, bot, true) };
    case 'a countdown runs':
      return { next: (core) => plantCountdown(core, false) };
    case 'a countdown is held':
      return { next: (core) => plantCountdown(core, true) };
    case 'a revert is under way':
    case 'a promote is stuck':
    case 'it is not locked':
    case 'no request is open':
    case 'the router agrees with the record':
      return {};
    default:
      return when satisfies never;
  }
}

function otherwise(verb: Verb, state: State): Way {
  switch (verb) {
    case 'revert':
      // No command leads there.
      if (state === 'baking') return { next: plantNoWayBack };
      return { back: false, ...(state !== 'idle' && { kind: 'restore' }) };
    case 'approve':
    case 'reject':
    case 'cancel':
      return state === 'staged' ? { approvals: 1, next: askToPromote } : {};
    case 'extend':
    case 'unlock':
      return { next: lockIt };
    case 'retry':
      return state === 'stuck' ? { kind: 'revert' } : { next: stray };
    case 'adopt':
      return { next: stray };
    default:
      return {};
  }
}

function jam(core: Core): void {
  core.world.faults = Array.from({ length: 300 }, () => 'refused' as const);
}

/** Brings a service into this state by commands and by what its router does. */
async function reach(state: State, way: Way = {}): Promise<{ core: Core; bot: Replica }> {
  const { approvals = 0, kind, early = false, next } = way;
  const { core, bot } = await ready({
    settings: { promotion: { approvals, approvalExpires: '1h', bake: '10s' } },
  });
  const reverts = (state === 'reverting' || state === 'stuck') && kind !== undefined;
  const back = way.back ?? (state === 'idle' || state === 'reverting' || kind === 'revert');
  const promote = async (): Promise<void> => {
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
  };
  const moveBack = async (): Promise<void> => {
    if (kind === 'restore') await stray(core);
    jam(core);
    await bot.submit({ verb: kind === 'restore' ? 'retry' : 'revert' });
  };
  if (back && state !== 'baking' && (state !== 'stuck' || reverts)) {
    await promote();
    await inState(core, 'idle', 30_000);
  }
  switch (state) {
    case 'idle':
      break;
    case 'staging':
      // No color reports that version: it stays in that state.
      await bot.submit({ verb: 'stage', version: 'v3' });
      break;
    case 'staged':
      await staged(core, bot, back ? 'v1' : 'v2');
      break;
    case 'baking':
      await promote();
      break;
    case 'reverting':
      await moveBack();
      break;
    case 'promoting':
      await staged(core, bot);
      if (early) core.world.colors.green.checkMs = 1_000;
      else jam(core);
      await bot.submit({ verb: 'promote' });
      if (!early) await core.clock.until(() => core.world.writes.length > 0);
      break;
    case 'stuck':
      if (reverts) {
        await moveBack();
        await inState(core, 'stuck', 200_000);
      } else {
        await staged(core, bot);
        jam(core);
        await bot.submit({ verb: 'promote' });
        await core.clock.until(() => core.world.writes.length > 0);
        core.world.router['r1'] = 'unknown';
        await inState(core, 'stuck', 40_000);
        core.world.router['r1'] = 'green';
      }
      break;
    default:
      state satisfies never;
  }
  const taker = (await next?.(core, bot)) ?? bot;
  return { core, bot: taker };
}

function commandOf(verb: Verb): Asked {
  if (verb === 'stage') return { verb, version: 'v3', actor: cleo };
  if (verb === 'lock') return { verb, reason: 'look', actor: cleo };
  return { verb, actor: cleo };
}

/** One verb in one state: the answer, the record as this very command left it, and all that is saved from then on. */
async function tried(verb: Verb, state: State, when: When) {
  const { core, bot } = await reach(state, wayTo(verb, state, when));
  const before = await core.record();
  if (before.state !== state) throw new Error(`${state} was not reached: ${before.state}`);
  let after = before;
  const saves: ServiceRecord[] = [];
  core.watch.saved = (saved) => {
    saves.push(saved.after);
    if (saved.change.mark?.keys.includes('this')) after = saved.after;
  };
  const answered = bot.submit({ ...commandOf(verb), marks: ['this'] } as Asked);
  // The color is asked while cleo waits.
  if (when === 'the live color reports another version') await core.clock.advance(100);
  const answer = await answered;
  // What runs next to it goes on, and writes history too.
  const newest = (await core.history()).find(({ actor }) => isDeepStrictEqual(actor, cleo));
  return { core, answer, before, after, newest, saves };
}

describe('the result of each verb in each state', () => {
  it('is said for every state and every verb', () => {
    const said = new Set(cases.map(([verb, state]) => `${verb} ${state}`));
    expect(said.size).toBe(states.length * Object.keys(definitions).length);
  });

  it.each(cases.filter(([, , , to]) => to.startsWith('→')))(
    '%s in %s, %s: %s',
    async (verb, state, when, to) => {
      const { core, answer, before, saves } = await tried(verb, state, when);
      expect(answer).toMatchObject({ ok: true });
      // The service may come into the state that it was in: a revert in place of a put-back, or an adopt.
      const moved = (next: ServiceRecord): boolean =>
        next.state !== state || next.op?.id !== before.op?.id || next.live !== before.live;
      await core.clock.until(() => saves.some(moved), 60_000);
      expect(saves.find(moved)?.state).toBe(to.slice(2));
    },
  );

  it.each(cases.filter(([, , , to]) => to === 'stays'))('%s in %s, %s: %s', async (verb, state, when) => {
    const { answer, after } = await tried(verb, state, when);
    expect(answer).toMatchObject({ ok: true });
    expect(after.state).toBe(state);
  });

  it.each(cases.filter(([, , , to]) => to !== 'stays' && !to.startsWith('→')))(
    '%s in %s, %s: %s',
    async (verb, state, when, code) => {
      const { answer, before, after, newest } = await tried(verb, state, when);
      expect(answer).toMatchObject({ ok: false, refusal: { code } });
      expect(after.revision).toBe(before.revision);
      expect(newest).toMatchObject({ what: 'refused', code, actor: cleo });
    },
  );
});

describe('the steps of each operation', () => {
  const hook = { onFailure: 'stop' as const, ok: true, calls: [] };
  const forced = { verb: 'revert', force: 'it burns' } as const;

  it.each<[kind: keyof typeof steps, leftOut: string[], from: State, Asked, (core: Core) => void]>([
    ['stage', ['deploy'], 'idle', { verb: 'stage', version: 'v1' }, () => {}],
    [
      'stage',
      [],
      'idle',
      { verb: 'stage', version: 'v1' },
      ({ world }) => (world.deploy = { state: 'succeeded', started: [] }),
    ],
    // Check and intent are one save.
    ['promote', ['before-switch', 'read-only', 'intent'], 'staged', { verb: 'promote' }, () => {}],
    // A wait in which nobody can write: see read-only.test.ts.
    [
      'promote',
      ['read-only'],
      'staged',
      { verb: 'promote' },
      ({ world }) => world.hooks.push({ at: 'before-switch', ...hook }),
    ],
    ['revert', ['intent'], 'baking', { verb: 'revert' }, () => {}],
    ['revert', ['check'], 'baking', forced, () => {}],
    ['restore', ['intent'], 'baking', { verb: 'retry' }, ({ world }) => (world.router['r1'] = 'blue')],
  ])('are saved in the order of the table: %s without %j', async (kind, leftOut, from, command, before) => {
    const { core, bot } = await reach(from);
    before(core);
    const seen: string[] = [];
    core.watch.saved = ({ after: { op } }) => {
      if (op?.kind === kind && op.step !== seen.at(-1)) seen.push(op.step);
    };
    expect(await bot.submit(command)).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).op === null);
    expect(seen).toEqual(steps[kind].filter((step) => !leftOut.includes(step)));
  });
});

it('no other file than machine.ts moves a service into a state', () => {
  const assigning = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => {
    if (!path.endsWith('.ts') || path === 'release/machine.ts') return false;
    const text = readFileSync(`src/${path}`, 'utf8');
    const literal = new RegExp(`\\bstate: '(?:${states.join('|')})'`);
    return /\.state = /.test(text) || literal.test(text);
  });
  // The first record of a service begins `idle`.
  expect(assigning).toEqual(['release/first-adoption.ts']);
});

describe('a press whose button is out of date', () => {
  const buttons = Object.entries(actions).filter((each): each is [ActionId, ButtonVerb] =>
    verbs.includes(each[1] as Verb),
  );

  it.each(buttons)('does nothing and says so: %s of an older epoch', async (button, verb) => {
    const { core, bot } = await reach('baking');
    const { revision, releases, epoch } = await core.record();
    const press = { release: releases[0]?.id ?? null, epoch: epoch - 2, button };
    const answer = await bot.submit({ ...commandOf(verb), press });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'stale-button' } });
    expect((await core.record()).revision).toBe(revision);
  });
});
