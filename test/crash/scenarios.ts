/** What can be under way when a process is killed, up to each save of it, and how it must end. */
import type { ServiceRecord } from '../../src/release/release.ts';
import type { DeskServer } from '../support/outside-systems.ts';
import type { Point } from '../support/kill-points.ts';
import type { Village } from '../support/replicas.ts';

/** How a service must stand once another replica has taken its operation up. */
export interface End {
  state: ServiceRecord['state'];
  live: 'blue' | 'green';
  /** Writes to the router since the operation began, by all processes. */
  writes: number;
  /** So many more where the successor cannot know whether the old color was written: then it writes it again. */
  again?: number;
  /** Words of the notice of the end, in the service's channel. */
  told?: RegExp;
  /** A word on the card; undefined: there is no card. */
  card?: string;
  /** The router still says the other color, as before. */
  astray?: boolean;
  /** A person holds a countdown. */
  held?: boolean;
}

/** One operation, carried out by the process that is to be killed. */
export interface Way {
  settings?: (service: string, desk: DeskServer) => Record<string, unknown>;
  /** Brings the service to where the operation begins; by another replica. */
  prepare(village: Village, service: string): Promise<void>;
  /** Has the operation begun by the process that is to be killed. Answers may never come. */
  act(village: Village, service: string): Promise<void>;
  /** What goes on in the world after the kill. */
  afterwards?(village: Village, service: string): void;
  /** The labels of its saves, in their order. */
  labels: readonly string[];
  end: End;
  /** When the very first save was not made: as if the command had never come. */
  unbegun: End;
  /** Labels after which nothing is under way any more. */
  ends: readonly string[];
}

/** Types without waiting for an answer that may never come; again when it was refused because the machine stood still. */
const quietly = (village: Village, service: string, words: string): void => {
  village.orders(service, words).catch(() => undefined);
};

async function stage(village: Village, service: string): Promise<void> {
  await village.orders(service, `stage ${service} v2`);
  await village.until(service, 'staged', ({ state }) => state === 'staged');
}

async function bake(village: Village, service: string): Promise<void> {
  await stage(village, service);
  await village.orders(service, `promote ${service}`);
  await village.until(service, 'baking', ({ state }) => state === 'baking');
}

const idle: End = { state: 'idle', live: 'blue', writes: 0 };
const stagedEnd: End = { state: 'staged', live: 'blue', writes: 0, card: 'staged' };
const bakingEnd: End = {
  state: 'baking',
  live: 'green',
  writes: 1,
  told: /is live: new requests go to green/,
  card: 'baking',
};
const revertedEnd: End = {
  state: 'idle',
  live: 'blue',
  writes: 1,
  told: /reverted s\d+: live is blue/,
  card: 'reverted',
};
const revertLabels = ['revert:ask-router', 'revert:check', 'revert:switch', 'revert>idle'];

/** Has a countdown of the victim begun: the number of the service is beyond its limit from now on. */
async function count(village: Village, service: string): Promise<void> {
  village.desk.number(service, 1);
  await village.until(service, 'counting down', ({ autoRevert }) => autoRevert?.countdown != null);
}

async function hold(village: Village, service: string): Promise<void> {
  await count(village, service);
  await village.orders(service, `hold ${service} load test`);
}

const heldEnd: End = {
  state: 'baking',
  live: 'green',
  writes: 0,
  held: true,
  card: 'Held by',
  told: /holds the automatic revert/,
};

/** Every operation, as people begin it, and countdowns to an automatic revert. */
export const ways = {
  stage: {
    settings: (service, desk) => ({ ...desk.deploy(service), ...desk.hooks(service, 'after-stage') }),
    prepare: () => Promise.resolve(),
    act: (village, service) => Promise.resolve(quietly(village, service, `stage ${service} v2`)),
    labels: [
      'stage:ask-router',
      'stage:deploy',
      'stage:deploy:begun',
      'stage:deploy:id',
      'stage:check',
      'stage:after-stage',
      'stage>staged',
    ],
    ends: ['stage>staged'],
    end: { ...stagedEnd, told: /is staged on green/ },
    unbegun: idle,
  },
  promote: {
    settings: (service, desk) => desk.hooks(service, 'before-switch', 'after-switch'),
    prepare: stage,
    act: (village, service) => Promise.resolve(quietly(village, service, `promote ${service}`)),
    labels: [
      'promote:ask-router',
      'promote:check',
      'promote:before-switch',
      'promote:intent',
      'promote:switch',
      'promote>baking',
      'rest:baking:hooked',
    ],
    ends: ['promote>baking', 'rest:baking:hooked'],
    end: bakingEnd,
    unbegun: stagedEnd,
  },
  'promote that is undone': {
    settings: (service, desk) => desk.denial(service),
    prepare: stage,
    act: (village, service) => Promise.resolve(quietly(village, service, `promote ${service}`)),
    labels: ['promote:undo', 'promote>staged'],
    ends: ['promote>staged'],
    end: { ...stagedEnd, writes: 2, again: 1, told: /ended, .?verify-failed/, card: 'verify-failed' },
    unbegun: stagedEnd,
  },
  'revert of a bake': {
    settings: (service, desk) => desk.hooks(service, 'after-revert'),
    prepare: bake,
    act: (village, service) => Promise.resolve(quietly(village, service, `revert ${service} too slow`)),
    labels: revertLabels,
    ends: ['revert>idle'],
    end: revertedEnd,
    unbegun: { ...bakingEnd, writes: 0 },
  },
  'revert of a settled release': {
    async prepare(village, service) {
      await bake(village, service);
      await village.orders(service, `settle ${service} --force enough`);
      await village.until(service, 'settled', ({ state }) => state === 'idle');
    },
    act: (village, service) => Promise.resolve(quietly(village, service, `revert ${service}`)),
    labels: revertLabels,
    ends: ['revert>idle'],
    end: revertedEnd,
    unbegun: { state: 'idle', live: 'green', writes: 0, card: 'live' },
  },
  'revert of a promote before its intent': {
    settings: (service, desk) => desk.hooks(service, 'before-switch'),
    prepare: stage,
    async act(village, service) {
      village.desk.hold(`${service}/before-switch`);
      quietly(village, service, `promote ${service}`);
      await village.until(service, 'waiting for its hook', ({ op }) => op?.step === 'before-switch');
      quietly(village, service, `revert ${service}`);
    },
    afterwards: (village, service) => village.desk.answer(`${service}/before-switch`),
    // The router says the color already, so nothing is checked.
    labels: ['pending-revert', 'revert:ask-router', 'revert:intent', 'revert:switch', 'revert>idle'],
    ends: ['revert>idle'],
    end: { ...revertedEnd, writes: 0 },
    unbegun: bakingEnd,
  },
  'revert of a promote after its switch': {
    settings: (service, desk) => desk.denial(service),
    prepare: stage,
    async act(village, service) {
      quietly(village, service, `promote ${service}`);
      await village.until(service, 'switching', ({ op }) => op?.step === 'switch');
      while ((await village.heading(service)) !== 'green') await new Promise((go) => setTimeout(go, 20));
      quietly(village, service, `revert ${service}`);
    },
    labels: ['pending-revert', ...revertLabels],
    ends: ['revert>idle'],
    end: { ...revertedEnd, writes: 2, again: 1 },
    unbegun: { ...stagedEnd, writes: 2, again: 1, told: /ended, .?verify-failed/ },
  },
  'countdown to a revert': {
    settings: (service, desk) => desk.autoRevert(service, '2s'),
    prepare: bake,
    act: (village, service) => Promise.resolve(village.desk.number(service, 1)),
    labels: ['rest:baking:countdown', ...revertLabels],
    ends: ['revert>idle'],
    end: revertedEnd,
    unbegun: revertedEnd,
  },
  'hold of a countdown': {
    settings: (service, desk) => desk.autoRevert(service, '5s'),
    prepare: bake,
    async act(village, service) {
      await count(village, service);
      quietly(village, service, `hold ${service} load test`);
    },
    labels: ['rest:baking:hold'],
    ends: ['rest:baking:hold'],
    end: heldEnd,
    unbegun: revertedEnd,
  },
  'end of a hold': {
    settings: (service, desk) => desk.autoRevert(service, '5s'),
    prepare: bake,
    async act(village, service) {
      await hold(village, service);
      quietly(village, service, `resume ${service}`);
    },
    labels: ['rest:baking:resume'],
    ends: [],
    end: revertedEnd,
    unbegun: heldEnd,
  },
  'end of the cause of a countdown': {
    settings: (service, desk) => desk.autoRevert(service, '20s'),
    prepare: bake,
    async act(village, service) {
      await count(village, service);
      village.desk.number(service, 0);
    },
    labels: ['rest:baking:called-off'],
    ends: ['rest:baking:called-off'],
    end: { ...bakingEnd, writes: 0, told: /Called off: s\d+ is not reverted by itself/ },
    unbegun: { ...bakingEnd, writes: 0, told: /Called off: s\d+ is not reverted by itself/ },
  },
  restore: {
    async prepare(village, service) {
      await village.stray(service, 'green');
      await village.orders(service, `stage ${service} v3`);
      await village.until(service, 'drift is noted', ({ drift, op }) => drift !== null && op === null);
    },
    act: (village, service) => Promise.resolve(quietly(village, service, `retry ${service}`)),
    labels: ['restore:ask-router', 'restore:check', 'restore:switch', 'restore>idle'],
    ends: ['restore>idle'],
    end: { state: 'idle', live: 'blue', writes: 1, told: /points to blue again, put back/, card: 'failed' },
    unbegun: { state: 'idle', live: 'blue', writes: 0, card: 'failed', astray: true },
  },
} as const satisfies Record<string, Way>;

export type WayName = keyof typeof ways;

/** One kill: before or after one save of one operation. */
export interface Kill {
  way: WayName;
  label: string;
  when: Point['when'];
  /** Instead of the way's own end. */
  end?: End;
}

/** Every save of every operation, before and after it. */
export function everyKill(): Kill[] {
  return (Object.keys(ways) as WayName[]).flatMap((way) =>
    (ways[way] as Way).labels.flatMap((label) =>
      (['before', 'after'] as const).map((when) => ({ way, label, when })),
    ),
  );
}
