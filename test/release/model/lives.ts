/** The lives that the model plays in every test run, and those that once broke a guarantee. */
import type { Action, Asking, AutoRevertSetup, Setup } from './actions.ts';

/** Where the lives of every run begin. Another number is other lives: `MODEL_SEED`. `MODEL_RUNS` is how many. */
export const seed = 1;

/** Lives that broke a guarantee when they were found: seed, and which of its lives. Stale once `actions.ts` changes. */
export const found: readonly [seed: number, life: number][] = [
  [1060556409, 450],
  [-1920528419, 751],
  [1082335392, 349],
  [13601550, 65],
  [612487542, 248],
  [812493420, 8430],
  [-195776691, 2451],
];

const cleo: Omit<Asking, 'verb'> = { who: 'cleo', at: 0, version: 'v1', put: true, forMs: 2_000 };
const one: Setup = {
  instances: 1,
  replicas: 1,
  approvals: 0,
  versionPath: true,
  lockAfterRevert: false,
  hooks: false,
  latency: 0,
  before: 'settled',
};

/** The same, and relatives of them, as short as they became: these stay what they are whatever `actions.ts` does. */
export const shortened: readonly {
  name: string;
  setup: Setup;
  script: readonly Action[];
  autoRevert?: AutoRevertSetup;
  stops?: boolean;
}[] = [
  {
    name: 'a process that stood still while it let writes go on has accepted a revert meanwhile',
    setup: { ...one, before: 'promoting' },
    stops: true,
    script: [
      { do: 'start' },
      { do: 'pause', at: 0, ms: 130_000 },
      { do: 'wait', ms: 10 },
      { do: 'ask', verb: 0, ...cleo, put: false },
      { do: 'wait', ms: 10 },
      { do: 'wait', ms: 12_000 },
    ],
  },
  {
    name: 'the router moves while a revert records what it verified, and adopt hears of that',
    setup: { ...one, latency: 40, before: 'baking' },
    script: [
      { do: 'stray', instance: 0, to: 'blue' },
      { do: 'ask', verb: 0, ...cleo, put: false },
      { do: 'wait', ms: 100 },
      { do: 'ask', verb: 0, ...cleo, who: 'dan' },
      { do: 'write-faults', fault: { late: 500 }, times: 1 },
      { do: 'stray', instance: 0, to: 'green' },
      { do: 'storage-faults', faults: ['lost'] },
      { do: 'pause', at: 0, ms: 2_000 },
      { do: 'wait', ms: 1_000 },
      { do: 'ask', verb: 'adopt', ...cleo },
    ],
  },
  {
    name: 'the last save of a revert arrives after its process went on with it',
    setup: { ...one, latency: 40, before: 'baking' },
    script: [
      { do: 'stray', instance: 0, to: 'blue' },
      { do: 'ask', verb: 0, ...cleo, put: false },
      { do: 'wait', ms: 100 },
      { do: 'write-faults', fault: { late: 500 }, times: 1 },
      { do: 'stray', instance: 0, to: 'green' },
      { do: 'storage-faults', faults: ['late'] },
      { do: 'wait', ms: 10 },
      { do: 'wait', ms: 1_000 },
    ],
  },
  {
    name: 'a stage is sent twice at once, and waits for a replica of the storage',
    setup: one,
    script: [
      { do: 'storage-replicas', replicas: 'answer' },
      { do: 'pause', at: 0, ms: 2_000 },
      { do: 'ask', verb: 0, ...cleo },
      { do: 'again', back: 0, at: 0 },
      { do: 'wait', ms: 10 },
      { do: 'wait', ms: 12_000 },
      { do: 'wait', ms: 10 },
    ],
  },
  {
    name: 'a promote that is reverted in its switch is taken over, and its write may still come',
    setup: { ...one, replicas: 2, before: 'staged' },
    script: [
      { do: 'write-faults', fault: { late: 500 }, times: 1_000 },
      { do: 'ask', verb: 0, ...cleo, who: 'ann' },
      { do: 'ask', verb: 0, ...cleo, who: 'bob', put: false },
      { do: 'wait', ms: 10 },
      { do: 'kill', at: 0 },
      { do: 'wait', ms: 10 },
      { do: 'wait', ms: 65_000 },
    ],
  },
  {
    name: 'a request comes again after its mark was forgotten, and then once more',
    setup: { ...one, before: 'promoting' },
    script: [
      { do: 'suspend', ms: 7_200_000 },
      { do: 'again', back: 1, at: 0 },
      { do: 'ask', verb: 'stage', ...cleo, version: 'v1' },
      { do: 'wait', ms: 10 },
      { do: 'again', back: 2, at: 0 },
      { do: 'wait', ms: 10 },
    ],
  },
  {
    name: 'a countdown whose end nobody saw must start again, and another save comes first',
    setup: { ...one, latency: 40 },
    autoRevert: { on: ['limit'], after: 2_000, bake: 5_000, attribute: 30_000, pairs: true },
    script: [
      { do: 'limit', state: 'over' },
      { do: 'wait', ms: 2_500 },
      { do: 'kill', at: 0 },
      { do: 'wait', ms: 10 },
      { do: 'wait', ms: 65_000 },
      { do: 'wait', ms: 10 },
    ],
  },
];
