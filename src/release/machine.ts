/**
 * The life of a service as data: what each verb comes to in each state, how work ends, the steps of each operation.
 * The code runs on these tables, the tests hold the program against them, and docs/design.md shows them.
 */
import type { RefusalCode } from './refusals.ts';

/** The states of a service. A state at rest is an adjective, a state with work in it a participle. */
export const states = ['idle', 'staging', 'staged', 'promoting', 'baking', 'reverting', 'stuck'] as const;
export type State = (typeof states)[number];

const nothing = everywhere('nothing-to-do');
const wait = 'operation-in-progress';
const busy = { staging: wait, promoting: wait, baking: wait, reverting: wait, stuck: 'stuck' } as const;
const counting = { 'a countdown runs': 'stays', otherwise: 'nothing-to-do' } as const;
const held = { 'a countdown is held': 'stays', otherwise: 'nothing-to-do' } as const;
const denied = { 'writes are denied': 'stays', otherwise: 'nothing-to-do' } as const;
const agrees = { 'the router agrees with the record': 'nothing-to-do' } as const;
const resumed = { 'no process works on it': 'stays', ...agrees, otherwise: wait } as const;
const back = { 'there is a way back': '→ reverting', otherwise: 'nothing-to-revert-to' } as const;
const newVersion = {
  'the live color reports another version': 'stays',
  ...agrees,
  otherwise: '→ idle',
} as const;

/** What each verb comes to in each state, for a person who may use it. Other gates can refuse it too. */
export const rules = {
  stage: { idle: '→ staging', staged: '→ staging', ...busy },
  promote: {
    idle: 'nothing-staged',
    staged: { 'approvals are missing': 'stays', otherwise: '→ promoting' },
    ...busy,
  },
  revert: {
    ...everywhere(back),
    promoting: '→ reverting',
    reverting: { 'a revert is under way': 'stays', ...back },
  },
  approve: {
    ...nothing,
    staged: {
      'the request expired': 'approval-expired',
      'no request is open': 'nothing-to-do',
      'approvals are missing': 'stays',
      otherwise: '→ promoting',
    },
  },
  reject: { ...nothing, staged: { 'no request is open': 'nothing-to-do', otherwise: 'stays' } },
  cancel: {
    ...nothing,
    staging: '→ idle',
    staged: { 'no request is open': '→ idle', otherwise: 'stays' },
    promoting: { 'its intent is not saved': '→ staged', otherwise: wait },
    reverting: wait,
    stuck: 'stuck',
  },
  settle: { ...nothing, baking: '→ idle' },
  hold: { ...nothing, idle: counting, baking: counting },
  resume: { ...nothing, idle: held, baking: held },
  'read-write': {
    ...everywhere(denied),
    promoting: { 'writes are denied before its switch': '→ staged', ...denied },
  },
  lock: { ...everywhere('stays'), promoting: { 'its intent is not saved': '→ staged', otherwise: 'stays' } },
  extend: everywhere({ 'it is not locked': 'nothing-to-do', otherwise: 'stays' }),
  unlock: everywhere({ 'it is not locked': 'nothing-to-do', otherwise: 'stays' }),
  retry: {
    ...everywhere({
      ...agrees,
      'the router does not answer': 'router-unreachable',
      otherwise: '→ reverting',
    }),
    staging: resumed,
    promoting: resumed,
    reverting: resumed,
    stuck: { 'a promote is stuck': '→ promoting', otherwise: '→ reverting' },
  },
  adopt: {
    ...everywhere({ ...agrees, otherwise: '→ idle' }),
    idle: newVersion,
    staged: newVersion,
    promoting: { ...agrees, otherwise: wait },
    reverting: { ...agrees, otherwise: wait },
    stuck: '→ idle',
  },
} as const satisfies Record<string, Record<State, Cell>>;

/** A verb that `rules` has a row for. */
export type RuledVerb = keyof typeof rules;

/** Where the work of a state leads when it ends by itself, and why. */
export const ends = {
  idle: {},
  staging: { staged: 'healthy, right version', idle: 'failed' },
  staged: {},
  promoting: {
    baking: 'verified and recorded',
    staged: 'stopped or undone',
    stuck: 'neither done nor undone',
  },
  baking: { idle: 'settled' },
  reverting: {
    idle: 'verified and recorded',
    stuck: 'neither done nor undone',
    staged: 'as before',
    promoting: 'as before',
    baking: 'as before',
  },
  stuck: {},
} as const satisfies Record<State, Partial<Record<State, string>>>;

/**
 * The steps of each operation, in order. A step that has nothing to do is left out: no deploy, no hooks, a revert by
 * force, or a router that points there already. A promote whose switch cannot be verified goes on with `undo`.
 */
export const steps = {
  stage: ['ask-router', 'deploy', 'check', 'after-stage'],
  promote: ['ask-router', 'check', 'before-switch', 'read-only', 'intent', 'switch'],
  revert: ['ask-router', 'check', 'intent', 'switch'],
  restore: ['ask-router', 'check', 'intent', 'switch'],
} as const;

const ended = ['live', 'reverted', 'replaced', 'failed', 'dropped'] as const;
const untouched = ['staged', 'baking', ...ended] as const;

/**
 * The statuses that the newest release can have in each state. The release that a state is about has the name of the
 * state; while a router is put back, or an adopted version is reverted, the newest release is another one.
 */
export const statuses = {
  idle: ended,
  staging: ['staging'],
  staged: ['staged'],
  promoting: ['promoting'],
  baking: ['baking'],
  reverting: ['reverting', 'stuck', ...untouched],
  stuck: ['stuck', ...untouched],
} as const satisfies Record<State, readonly string[]>;
export type Status = (typeof statuses)[State][number];
export const releaseStatuses = [...new Set(Object.values(statuses).flat())] as Status[];

/** What an outcome may depend on in addition to the state. `state-gate.ts` says when each holds. */
export type Condition =
  | 'there is a way back'
  | 'a revert is under way'
  | 'no request is open'
  | 'the request expired'
  | 'approvals are missing'
  | 'its intent is not saved'
  | 'it is not locked'
  | 'no process works on it'
  | 'a promote is stuck'
  | 'a countdown runs'
  | 'a countdown is held'
  | 'writes are denied'
  | 'writes are denied before its switch'
  | 'the live color reports another version'
  | 'the router agrees with the record'
  | 'the router does not answer';

/** The codes of the refusals that the state decides. */
export type StateCode = Extract<
  RefusalCode,
  | 'nothing-to-do'
  | 'stuck'
  | 'operation-in-progress'
  | 'nothing-staged'
  | 'nothing-to-revert-to'
  | 'approval-expired'
  | 'router-unreachable'
>;
/** The next state, at once or when what is under way has stopped; that nothing moves; or a refusal. */
export type RuleOutcome = `→ ${State}` | 'stays' | StateCode;
/** An outcome; or the first whose condition holds, `otherwise` last. */
export type Cell =
  | RuleOutcome
  | (Readonly<Partial<Record<Condition, RuleOutcome>>> & { otherwise: RuleOutcome });

function everywhere(cell: Cell): Record<State, Cell> {
  return Object.fromEntries(states.map((state) => [state, cell])) as Record<State, Cell>;
}

/** Returns the states that may follow a state, without itself: by a command, or because its work ends. */
export function follows(state: State): ReadonlySet<State> {
  const cells: Cell[] = Object.values(rules).map((row) => row[state]);
  const outcomes = cells.flatMap((cell) => (typeof cell === 'string' ? cell : Object.values(cell)));
  const next = states.filter((each) => outcomes.includes(`→ ${each}`) || each in ends[state]);
  return new Set(next.filter((each) => each !== state));
}

/**
 * Moves a service into a state. `release`: the one that this state is about, the newest one by default; it gets the
 * status of that name, or in `idle` the one given. Nothing else assigns the state of a record.
 */
export function moveTo<S extends State, R extends { status: Status }>(
  record: { state: State; releases: R[] },
  state: S,
  release: R | undefined | null = record.releases[0],
  status?: S extends 'idle' ? (typeof ended)[number] : never,
): void {
  record.state = state;
  const next: Status | undefined = state === 'idle' ? status : (state as Exclude<State, 'idle'>);
  if (release && next !== undefined) release.status = next;
}
