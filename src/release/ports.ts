/**
 * The ports of the release core: what it needs from outside, in its own words. Nothing in `release/` knows which edges
 * implement them. See docs/design.md#adapters.
 */
import type { Color } from './color.ts';
import type { Comparison, Limit } from './measurements.ts';
import type { Data } from './data.ts';
import type { WriteDenial, WriteHold } from './write-hold.ts';
import type { Pairs } from './evidence/pair-requests.ts';
import type { Hook } from './hook.ts';
import type { Mirror } from './mirror/port.ts';
import type { SchemaCheck } from './schema.ts';

/** Where the traffic of one router instance goes, as that instance itself says. */
export type Heading = Color | 'unknown' | 'unreachable';

/** What a person must repair before the router, or its adapter, takes a write of that color again. */
export interface Repairable {
  /** In the imperative, without a capital and a full stop. Set only where every write is refused until then. */
  repair?: string | undefined;
}

/** One instance's answer to `live()`. `instance`: its name in the configuration; `detail`: the reason, in words. */
export interface RouterAnswer extends Repairable {
  instance: string;
  heading: Heading;
  detail?: string;
  /** The last epoch that it got, where it reports one. */
  epoch?: number;
  /** Who else changed it last, by a name that the router knows: such a change is no late write of ours. */
  by?: string;
}

/**
 * The result of one write to one instance. `taken`: the instance confirmed it; `refused`: it said no; `unreachable`:
 * nothing was sent; `unclear`: sent, but no answer came, so it may or may not have been carried out.
 */
export interface PointAnswer extends Repairable {
  instance: string;
  outcome: 'taken' | 'refused' | 'unreachable' | 'unclear';
  /** Why the write was not taken; or what people should know about one that was. */
  detail?: string;
}

/**
 * Whether one instance could serve a color at all. `no`: it could not, or could not be pointed at it (`repair`);
 * `detail` says why, as a sentence without its full stop. `unknown`: it cannot say, which stops nothing (`detail`: why, if that is worth a mention).
 * `unreachable`: no answer.
 */
export interface ReadyAnswer extends Repairable {
  instance: string;
  ready: 'yes' | 'no' | 'unknown' | 'unreachable';
  detail?: string;
  /**
   * True: the answer will be the same at the next switch, because the router does not know the color, or cannot say.
   */
  lasting?: boolean;
  /**
   * True: a promote is refused, a revert is not. Somebody else's change stands there, or writes cannot be held.
   */
  stopsPromotes?: boolean;
}

/** A flaw in the setup of a working router or deploy; both texts are sentences without their full stop. */
export interface Doubt {
  what: string;
  fix: string;
}

/** What to do first about a router that does not work, in the words of its kind; sentences without their full stop. */
export interface RouterAdvice {
  /** An instance could not serve a color. */
  correct: (color: Color) => string;
  /** An instance does not answer. */
  readonly reach: string;
  /** An instance names neither color. */
  readonly names: string;
  /** An instance cannot say whether it could serve a color. */
  readonly tells: string;
}

/** Permission of one process to write to a router, as long as it holds the service lease. */
export interface WritePermit {
  /** Ends a write that takes longer than any may. */
  signal: AbortSignal;
  /** Asked right before bytes are sent. False: the lease does not cover a write of `ms` (1 s by default, 2 s at most). */
  mayWrite(ms?: number): boolean;
  /** True: a person wants the write now, even over another party's change; people are notified of that. */
  insists?: boolean;
}

/**
 * Switches the traffic of one service between its colors. Never throws for the router's own failures: those are
 * answers.
 * See docs/design.md#ask-write-ask.
 */
export interface Router {
  /** The names of the instances, in the order of the configuration; at least one. */
  readonly instances: readonly string[];
  /**
   * Asks every instance, uncached. Resolves to one answer per instance, always. `wanted`: the color that the caller
   * waits for. Only an answer with that color must be certain (several routers behind one address may contradict each
   * other); any other is accepted at once. Without `wanted` every answer must be certain.
   */
  live(signal: AbortSignal, wanted?: Color): Promise<RouterAnswer[]>;
  /** Traffic follows the router's answer at most this much later, ms, which only a probe can see. Absent: at once. */
  readonly followsMs?: number;
  /** `ready` also reports what no deploy can change: it does not know the color, or cannot say (`lasting`). */
  readonly knowsColors?: true;
  /** A taken write shows in the next answer: a later answer with another color is another party's change. */
  readonly atOnce?: true;
  /** Others write to this router too, and it says who: it is asked every few seconds. */
  readonly othersWrite?: true;
  /** What stays on the old color after a switch and cannot be counted: a sentence; `{old}` is that color. */
  readonly keeps?: string;
  /** Asks every instance whether it could serve `color`. Resolves to one answer per instance, always. */
  ready(color: Color, signal: AbortSignal): Promise<ReadyAnswer[]>;
  /**
   * Points the named instances (default: all) at `color`; one write each; idempotent. `epoch`: that after the switch.
   */
  point(color: Color, epoch: number, permit: WritePermit, only?: readonly string[]): Promise<PointAnswer[]>;
  /** Lets writes of clients wait while traffic moves. Absent: it is not configured, or this kind cannot. */
  readonly writes?: WriteHold;
  /** Denies writes of clients for a while. Absent: the same. */
  readonly denial?: WriteDenial;
  /**
   * Counts the requests and connections from before a switch that `color` still serves, on all instances together.
   * Undefined, or absent: it cannot say.
   */
  left?(color: Color, signal: AbortSignal): Promise<number | undefined>;
  /** What `left` counts, with its verb, for one and for several; absent: connections. */
  readonly leftAre?: readonly [one: string, several: string];
  /** For checks of the setup; absent: general words. */
  readonly advice?: RouterAdvice;
  /** Lists what a person should know about the setup, for checks of the setup. */
  doubts?(signal: AbortSignal): Promise<Doubt[]>;
  /**
   * Brings this process's copy of the router's start-up state (HAProxy's map file, nginx's include file) to `color`,
   * when one is configured. Absent: the router keeps its own state. Resolves to an error text; undefined: it is in
   * step.
   */
  persist?(color: Color, signal: AbortSignal): Promise<string | undefined>;
}

/** The result of one health question. `version`: the reported one, when a check reads it. */
export type Verdict =
  | { healthy: true; version?: string }
  | { healthy: false; code: 'unhealthy' | 'version-mismatch'; reason: string; version?: string };

/** One configured check of a service. Times in ms. */
export interface HealthCheck {
  /** A short label for people: `GET /healthz`, `tcp :5432`. */
  readonly name: string;
  /** True when the answer names the running version. */
  readonly reportsVersion: boolean;
  /** The question needs the expected version. */
  readonly asksForVersion?: true;
  readonly intervalMs: number;
  readonly successes: number;
  readonly deadlineMs: number;
  /** Asks the color once. With `expected`, another version is a `version-mismatch`. Never throws. */
  ask(color: Color, expected: string | undefined, signal: AbortSignal): Promise<Verdict>;
}

/**
 * What a measured number says about the live color. `not-yet`: it is bad, but not for long enough; `unknown`: there is
 * no number, and the bake must wait for one.
 */
export type Watched = { is: 'good' } | { is: 'bad' | 'not-yet' | 'unknown'; reason: string };

/**
 * A check of a number that was measured of a color's traffic. It is asked of the color that gets traffic or has it,
 * never of one to go back to: nothing is measured there, and monitoring must not stand in the way of a revert.
 */
export interface MeasuredCheck extends HealthCheck {
  /** The number beyond which it is bad. */
  limit: number;
  /** Asks the live color in a bake. Never throws. */
  watch(color: Color, version: string | undefined, signal: AbortSignal): Promise<Watched>;
}

/** The facts for a deploy. `release` is the idempotency key. */
export interface DeployJob {
  service: string;
  color: Color;
  version: string;
  release: string;
  /**
   * True when a start of this release may have been sent before, by this process or a dead one, without an answer. A
   * deploy that cannot use the release as its key then looks for that start first.
   */
  again?: boolean;
}

/** The result of stopping a deploy. `ended`: it cannot change its color any more. */
export interface Stopped {
  ended: boolean;
  /** The result for people, without a full stop: `the pipeline was canceled`. */
  words: string;
}

/** Brings a version onto a color. No adapter (`none`): the version is already there. */
export interface Deploy {
  readonly deadlineMs: number;
  /** Pause between two questions of `follow`, ms; 1 s by default. */
  readonly pollMs?: number;
  /**
   * Starts the deploy, or finds the one that was started for this release. Resolves to its id. `mayRun`: it may have
   * started, or it did and cannot be followed; then the version on the color may change at any time. With
   * `retryable`, the next start looks for it first. `afterMs`: the pause before it that was asked for.
   */
  start(
    job: DeployJob,
    signal: AbortSignal,
  ): Promise<
    | { ok: true; id: string }
    | { ok: false; reason: string; retryable: boolean; mayRun?: true; afterMs?: number }
  >;
  /**
   * Asks how the deploy is going. A question that failed is `running`, with the cause as message: only the deadline
   * ends it. `url`: where people can watch it; it comes from the configuration, never from an answer alone.
   */
  follow(
    id: string,
    signal: AbortSignal,
  ): Promise<{ state: 'running' | 'succeeded' | 'failed'; message?: string; url?: string }>;
  /** Ends the part of the deploy in this process, if there is one. Another process may continue the stage. */
  abandon?(job: DeployJob): void;
  /**
   * Ends the deploy of a stage that was given up, wherever it runs, until the signal aborts. `id`: the answer of
   * `start`; undefined: not known, and a start may have been sent. May be called again. Never throws. Absent: it
   * cannot be ended from here.
   */
  stop?(job: DeployJob, id: string | undefined, signal: AbortSignal): Promise<Stopped>;
  /** Lists why the next start would fail, as far as that is known without one, for checks of the setup. */
  doubts?(signal: AbortSignal): Promise<Doubt[]>;
  /** What holds when `doubts` lists nothing, in words: `the program exists`. Absent: it can be asked. */
  readonly examined?: string;
}

export type { Hook, HookCall, HookPoint } from './hook.ts';

/** Asks through the router, on a new connection each time, which color answers clients. */
export interface Probe {
  readonly requests: number;
  /**
   * `same`: `color` answered every request; `other`: another color answered one; `proves-nothing`: the answers cannot
   * distinguish the colors (equal versions and no color header). `versions`: the recorded versions of the colors.
   */
  ask(
    color: Color,
    versions: Readonly<Record<Color, string | undefined>>,
    signal: AbortSignal,
  ): Promise<{ verdict: 'same' | 'other' | 'proves-nothing'; detail: string }>;
}

/** The adapters of one service, made from its settings. */
export interface Adapters {
  router: Router;
  metrics?: readonly Comparison[];
  limit?: Limit;
  /** Absent: the colors cannot be compared by requests. */
  pairs?: Pairs;
  /** Absent: no answers are compared while a version is staged. */
  mirror?: Mirror;
  /** Checks that ask a color itself. */
  health: readonly HealthCheck[];
  measured?: readonly MeasuredCheck[];
  probe?: Probe;
  deploy?: Deploy;
  data?: Data;
  schema?: SchemaCheck;
  hooks: readonly Hook[];
  /** Stop the writes of clients, and let them go on. */
  writesHooks?: Readonly<Record<'on' | 'off', Pick<Hook, 'name' | 'call'>>>;
  /** Begin and end to feed what is written to both colors. */
  feedHooks?: Readonly<Record<'on' | 'off', Pick<Hook, 'name' | 'call'>>>;
}
