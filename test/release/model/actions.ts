/** What may happen to a service, as data: so that a failing run shrinks to a script that a person can read. */
import fc from 'fast-check';
import type { CauseKind } from '../../../src/release/auto-revert/state.ts';
import type { Color } from '../../../src/release/color.ts';
import { rules } from '../../../src/release/machine.ts';
import type { Verb } from '../../../src/release/verbs/index.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import { actions } from '../../../src/slack/actions.ts';
import type { ActionId } from '../../../src/slack/actions.ts';
import type { StorageFault, WriteFault } from '../../support/fake-world.ts';

export const people = ['ann', 'bob', 'cleo', 'dan', 'eve'] as const;
/** ann: operator; bob: operator and approver; cleo: admin; dan: approver; eve: nobody. */
export type Person = (typeof people)[number];

/**
 * A command of a person. `press`: from a button shown that many changes of release or epoch ago; 0 is the newest. For
 * hold and resume: from the message of a countdown, that many countdowns ago.
 */
export interface Asking {
  /** A number picks one of the verbs that fit the state of that moment. */
  verb: Verb | number;
  who: Person;
  /** Which of the replicas that run takes it. */
  at: number;
  press?: number;
  force?: boolean;
  version: string;
  /** Whether somebody puts the staged version onto the idle color first. */
  put: boolean;
  forMs: number;
}

export type Action =
  | ({ do: 'ask' } & Asking)
  /** Two commands at the same time. */
  | { do: 'both'; one: Asking; other: Asking }
  /** The same request once more, `back` requests ago. */
  | { do: 'again'; back: number; at: number }
  /** A command that waits for its turn, and is sent then. */
  | {
      do: 'stand';
      verb: 'stage' | 'promote';
      who: Person;
      at: number;
      version: string;
      put: boolean;
      forMs: number;
    }
  | { do: 'wait'; ms: number }
  /** The whole machine sleeps. */
  | { do: 'suspend'; ms: number }
  | { do: 'pause'; at: number; ms: number }
  | { do: 'kill'; at: number }
  | { do: 'start' }
  | { do: 'write-faults'; fault: WriteFault; times: number }
  | { do: 'silence'; instance: number }
  | { do: 'voice'; instance: number }
  /** Somebody else changes the router. */
  | { do: 'stray'; instance: number; to: Color | 'unknown' }
  | { do: 'sicken'; color: 'live' | 'idle' }
  | { do: 'heal' }
  | { do: 'other-version'; color: 'live' | 'idle' }
  | { do: 'storage-away' }
  | { do: 'storage-back' }
  | { do: 'storage-faults'; faults: StorageFault[] }
  /** From now on the storage has replicas, and these confirm what is stored, or do not. */
  | { do: 'storage-replicas'; replicas: 'answer' | 'silent' }
  | { do: 'hook'; ok: boolean }
  | { do: 'settings'; approvals: 0 | 1 }
  /** The router forgets that it denies writes. */
  | { do: 'reload' }
  /** What the number with a limit says from now on. */
  | { do: 'limit'; state: 'over' | 'under' | 'no-data' }
  | {
      do: 'alert';
      status: 'firing' | 'resolved';
      severity: 'critical' | 'warning';
      began: 'now' | 'long-ago';
    }
  /** What the databases of the colors do from now on: `apart`: they could not be turned; `stands`: a turn gets no rows. */
  | { do: 'data'; how: 'well' | 'apart' | 'stands' };

export const befores = [
  'adopted',
  'staged',
  'baking',
  'settled',
  'staged-again',
  'promoting',
  'drifted',
  'stuck-promote',
  'stuck-revert',
] as const;

export interface Setup {
  instances: 1 | 2;
  replicas: 1 | 2;
  approvals: 0 | 1;
  versionPath: boolean;
  lockAfterRevert: boolean;
  hooks: boolean;
  /** Calls take up to this long, ms. */
  latency: 0 | 40;
  /** What happened before the script, in a world without faults. */
  before: (typeof befores)[number];
}

/** Without those about a countdown, so that lives which were found by their number stay the same. */
const verbs = (Object.keys(rules) as readonly Verb[]).filter(
  (verb) => !['hold', 'resume', 'read-write'].includes(verb),
);

/** A verb that a button stands for. */
export type ButtonVerb = Extract<(typeof actions)[ActionId], Verb>;

const pressed: ReadonlySet<string> = new Set(Object.values(actions));

/** True for a verb that a button stands for. */
export function hasButton(verb: Verb): verb is ButtonVerb {
  return pressed.has(verb);
}

/** The verbs that have something to do in a state, likelier ones more than once. */
export function fitting(record: ServiceRecord): readonly Verb[] {
  if (record.drift && record.state !== 'stuck') return ['retry', 'adopt', 'revert', 'promote', 'stage'];
  switch (record.state) {
    case 'idle':
      return record.lock ? ['unlock', 'unlock', 'revert', 'extend'] : ['stage', 'stage', 'revert', 'lock'];
    case 'staging':
      return ['revert', 'cancel', 'lock', 'revert'];
    case 'staged':
      if (record.lock) return ['unlock', 'unlock', 'cancel', 'revert'];
      if (record.request?.status === 'open') return ['approve', 'approve', 'reject', 'cancel', 'stage'];
      return ['promote', 'promote', 'promote', 'cancel', 'stage', 'revert', 'lock'];
    case 'promoting':
      return ['revert', 'revert', 'cancel', 'lock'];
    case 'baking':
      return ['revert', 'revert', 'settle', 'lock'];
    case 'reverting':
      return ['revert', 'revert', 'cancel'];
    case 'stuck':
      return ['retry', 'retry', 'revert', 'revert', 'adopt'];
    default:
      return record.state satisfies never;
  }
}

const replica = fc.integer({ min: 0, max: 1 });

const asking: fc.Arbitrary<Asking> = fc
  .record({
    verb: fc.oneof({ weight: 1, arbitrary: fc.constantFrom(...verbs) }, { weight: 4, arbitrary: fc.nat(20) }),
    who: fc.oneof(
      { weight: 12, arbitrary: fc.constant<Person>('cleo') },
      { weight: 4, arbitrary: fc.constant<Person>('bob') },
      { weight: 2, arbitrary: fc.constant<Person>('ann') },
      { weight: 1, arbitrary: fc.constant<Person>('dan') },
      { weight: 1, arbitrary: fc.constant<Person>('eve') },
    ),
    at: replica,
    press: fc.constantFrom(undefined, undefined, undefined, undefined, 0, 0, 0, 1, 2),
    force: fc.constantFrom(undefined, undefined, true),
    version: fc.constantFrom('v1', 'v2', 'v2', 'v3'),
    put: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    forMs: fc.constantFrom(2_000, 30_000, 3_600_000),
  })
  .map(({ press, force, ...rest }) => ({
    ...rest,
    ...(press !== undefined && { press }),
    ...(force && { force }),
  }));

const writeFault: fc.Arbitrary<WriteFault> = fc.oneof(
  fc.constant<WriteFault>('answer-lost'),
  fc.constant<WriteFault>('not-delivered'),
  fc.constant<WriteFault>('refused'),
  fc.integer({ min: 1, max: 16 }).map((halves) => ({ late: halves * 500 })),
);

const instance = fc.integer({ min: 0, max: 1 });
const which = fc.constantFrom('live' as const, 'idle' as const);

export const action: fc.Arbitrary<Action> = fc.oneof(
  { withCrossShrink: true },
  {
    weight: 12,
    arbitrary: fc
      .constantFrom(10, 100, 400, 1_000, 1_000, 3_500, 6_000, 12_000, 12_000, 36_000, 65_000, 125_000)
      .map((ms) => ({ do: 'wait' as const, ms })),
  },
  { weight: 16, arbitrary: asking.map((each) => ({ do: 'ask' as const, ...each })) },
  {
    weight: 2,
    arbitrary: fc.tuple(asking, asking).map(([one, other]) => ({ do: 'both' as const, one, other })),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), back: fc.nat(2), at: replica }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(2_000, 4_000, 130_000, 7_200_000)
      .map((ms) => ({ do: 'suspend' as const, ms })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      at: replica,
      ms: fc.constantFrom(2_000, 3_500, 10_000, 130_000),
    }),
  },
  { weight: 3, arbitrary: replica.map((at) => ({ do: 'kill' as const, at })) },
  { weight: 3, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('write-faults' as const),
      fault: writeFault,
      times: fc.constantFrom(1, 1, 2, 60, 1_000),
    }),
  },
  { weight: 3, arbitrary: instance.map((at) => ({ do: 'silence' as const, instance: at })) },
  { weight: 2, arbitrary: instance.map((at) => ({ do: 'voice' as const, instance: at })) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stray' as const),
      instance,
      to: fc.constantFrom('blue' as const, 'green' as const, 'unknown' as const),
    }),
  },
  { weight: 3, arbitrary: which.map((color) => ({ do: 'sicken' as const, color })) },
  { weight: 2, arbitrary: fc.constant({ do: 'heal' as const }) },
  { weight: 1, arbitrary: which.map((color) => ({ do: 'other-version' as const, color })) },
  { weight: 2, arbitrary: fc.constant({ do: 'storage-away' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'storage-back' as const }) },
  {
    weight: 3,
    arbitrary: fc
      .array(fc.constantFrom<StorageFault>('lost', 'unanswered', 'late'), { minLength: 1, maxLength: 2 })
      .map((faults) => ({ do: 'storage-faults' as const, faults })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('answer' as const, 'silent' as const)
      .map((replicas) => ({ do: 'storage-replicas' as const, replicas })),
  },
  { weight: 1, arbitrary: fc.boolean().map((ok) => ({ do: 'hook' as const, ok })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0 as const, 1 as const)
      .map((approvals) => ({ do: 'settings' as const, approvals })),
  },
);

export const setup: fc.Arbitrary<Setup> = fc.record({
  instances: fc.constantFrom(1 as const, 2 as const),
  replicas: fc.constantFrom(1 as const, 2 as const),
  approvals: fc.constantFrom(0 as const, 0 as const, 1 as const),
  versionPath: fc.constantFrom(true, true, false),
  lockAfterRevert: fc.boolean(),
  hooks: fc.constantFrom(false, false, true),
  latency: fc.constantFrom(0 as const, 40 as const),
  // A revert that hangs takes two minutes of every clock, so it comes less often.
  before: fc.constantFrom(...befores, ...befores.slice(0, -1)),
});

/** Apart from `action`, so that lives which were found by their number stay the same. */
const standing: fc.Arbitrary<Action> = fc.record({
  do: fc.constant('stand' as const),
  verb: fc.constantFrom('stage' as const, 'promote' as const),
  who: fc.constantFrom<Person>('ann', 'bob', 'cleo', 'cleo', 'eve'),
  at: replica,
  version: fc.constantFrom('v2', 'v3', 'v4'),
  put: fc.constantFrom(true, true, true, false),
  forMs: fc.constantFrom(2_000, 30_000, 70_000),
});

/** A script in which several wait in line. */
export const lineScript: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof({ withCrossShrink: true }, { weight: 3, arbitrary: action }, { weight: 1, arbitrary: standing }),
  { minLength: 8, maxLength: 15 },
);

export const script: fc.Arbitrary<Action[]> = fc.array(action, { minLength: 6, maxLength: 15 });

/** A router that takes every write, and carries each out within so many ms, in any order. */
export interface Lateness {
  most: number;
  seed: number;
}

export const lateness: fc.Arbitrary<Lateness> = fc.record({
  most: fc.constantFrom(600, 3_000, 12_000, 29_000),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

/** How releases are reverted by themselves. Times in ms. */
export interface AutoRevertSetup {
  on: CauseKind[];
  after: number;
  bake: number;
  /** For how long after the bake. */
  attribute: number;
  /** Whether both colors are asked. */
  pairs: boolean;
}

export const autoRevertSetup: fc.Arbitrary<AutoRevertSetup> = fc.record({
  on: fc.constantFrom<CauseKind[]>(
    ['limit'],
    ['limit'],
    ['critical'],
    ['compare'],
    ['compare', 'limit'],
    ['limit', 'critical'],
    ['compare', 'limit', 'critical'],
  ),
  after: fc.constantFrom(2_000, 5_000, 5_000, 15_000, 40_000),
  bake: fc.constantFrom(5_000, 20_000),
  attribute: fc.constantFrom(30_000, 300_000, 1_800_000),
  pairs: fc.constantFrom(true, true, false),
});

/** As `setup`, but most begin with a release that may be reverted by itself. */
export const countdownSetup: fc.Arbitrary<Setup> = fc
  .tuple(
    setup,
    fc.constantFrom<Setup['before']>('baking', 'baking', 'baking', 'promoting', 'settled', 'staged'),
  )
  .map(([each, before]) => ({ ...each, before }));

const countdownAction: fc.Arbitrary<Action> = fc.oneof(
  { withCrossShrink: true },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(500, 1_000, 1_000, 2_500, 4_000, 6_000, 6_000, 12_000, 30_000, 65_000, 130_000, 598_000)
      .map((ms) => ({ do: 'wait' as const, ms })),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('over' as const, 'over' as const, 'over' as const, 'under' as const, 'no-data' as const)
      .map((state) => ({ do: 'limit' as const, state })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('alert' as const),
      status: fc.constantFrom('firing' as const, 'firing' as const, 'resolved' as const),
      severity: fc.constantFrom('critical' as const, 'critical' as const, 'warning' as const),
      began: fc.constantFrom('now' as const, 'now' as const, 'now' as const, 'long-ago' as const),
    }),
  },
  { weight: 2, arbitrary: which.map((color) => ({ do: 'sicken' as const, color })) },
  { weight: 2, arbitrary: replica.map((at) => ({ do: 'kill' as const, at })) },
  { weight: 1, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      at: replica,
      ms: fc.constantFrom(4_000, 20_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        asking,
        fc.constantFrom<Verb>('hold', 'hold', 'hold', 'resume', 'resume', 'settle', 'revert', 'stage'),
      )
      .map(([each, verb]) => ({ do: 'ask' as const, ...each, verb })),
  },
);

/** How some of these lives begin, so that enough of them have a countdown, and a moment in which nobody looks. */
const counts: Action[] = [
  { do: 'limit', state: 'over' },
  { do: 'alert', status: 'firing', severity: 'critical', began: 'now' },
  { do: 'wait', ms: 6_000 },
];
const beginnings: fc.Arbitrary<Action[]> = fc.constantFrom<Action[]>(
  [],
  counts,
  [
    { do: 'sicken', color: 'live' },
    { do: 'wait', ms: 12_000 },
  ],
  [...counts, { do: 'kill', at: 0 }],
  [...counts, { do: 'pause', at: 0, ms: 20_000 }],
);

/** A script for releases that may be reverted by themselves. */
export const countdownScript: fc.Arbitrary<Action[]> = fc
  .tuple(
    beginnings,
    fc.array(
      fc.oneof(
        { withCrossShrink: true },
        { weight: 1, arbitrary: action },
        { weight: 1, arbitrary: countdownAction },
      ),
      { minLength: 6, maxLength: 16 },
    ),
  )
  .map(([first, then]) => [...first, ...then]);

/** A window in which nobody can write, around each switch. Times in ms. */
export interface WindowSetup {
  before: number;
  after: number;
}

export const windowSetup: fc.Arbitrary<WindowSetup> = fc.record({
  before: fc.constantFrom(0, 4_000, 12_000, 25_000),
  after: fc.constantFrom(1_000, 8_000, 40_000),
});

const windowAction: fc.Arbitrary<Action> = fc.oneof(
  { withCrossShrink: true },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(500, 1_000, 2_500, 4_500, 6_000, 12_000, 26_000)
      .map((ms) => ({ do: 'wait' as const, ms })),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'reload' as const }) },
  { weight: 2, arbitrary: replica.map((at) => ({ do: 'kill' as const, at })) },
  { weight: 2, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      at: replica,
      ms: fc.constantFrom(3_000, 9_000, 28_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        asking,
        fc.constantFrom<Verb>('promote', 'promote', 'promote', 'stage', 'revert', 'read-write', 'cancel'),
      )
      .map(([each, verb]) => ({ do: 'ask' as const, ...each, verb })),
  },
);

/** A script for releases that are switched in a window in which nobody can write. */
export const windowScript: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { withCrossShrink: true },
    { weight: 1, arbitrary: action },
    { weight: 2, arbitrary: windowAction },
  ),
  { minLength: 6, maxLength: 16 },
);

/** A script for releases around whose switch hooks stop writes. */
export const stopScript: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    { withCrossShrink: true },
    { weight: 4, arbitrary: action },
    { weight: 8, arbitrary: windowAction },
    { weight: 1, arbitrary: fc.boolean().map((ok) => ({ do: 'hook' as const, ok })) },
  ),
  { minLength: 6, maxLength: 16 },
);

const dataAction: fc.Arbitrary<Action> = fc.oneof(
  { withCrossShrink: true },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('well' as const, 'apart' as const, 'stands' as const)
      .map((how) => ({ do: 'data' as const, how })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        asking,
        fc.constantFrom<Verb>('promote', 'promote', 'revert', 'revert', 'stage', 'adopt', 'retry'),
      )
      .map(([each, verb]) => ({ do: 'ask' as const, ...each, verb })),
  },
  // Within a turn.
  { weight: 2, arbitrary: fc.nat({ max: 60 }).map((ms) => ({ do: 'wait' as const, ms })) },
  { weight: 1, arbitrary: replica.map((at) => ({ do: 'kill' as const, at })) },
  { weight: 1, arbitrary: fc.constant({ do: 'start' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('pause' as const),
      at: replica,
      ms: fc.constantFrom(2_000, 10_000, 130_000),
    }),
  },
);

/** A script for colors that have databases of their own. */
export const dataScript: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof({ withCrossShrink: true }, { weight: 1, arbitrary: action }, { weight: 1, arbitrary: dataAction }),
  { minLength: 8, maxLength: 18 },
);
