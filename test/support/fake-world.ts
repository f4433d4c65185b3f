/** A pretended world outside the core: a router, two colors, hooks, a deploy. Tests change it as they go. */
import { otherColor } from '../../src/release/color.ts';
import type { Color } from '../../src/release/color.ts';
import type { MirrorAnswer } from '../../src/release/mirror/port.ts';
import type {
  Adapters,
  DeployJob,
  HealthCheck,
  Heading,
  Hook,
  PointAnswer,
  Watched,
} from '../../src/release/ports.ts';
import type { HoldAnswer, WriteDenial } from '../../src/release/write-hold.ts';
import { pretendData } from './pretend-data.ts';
import type { SchemaAnswer } from '../../src/release/schema.ts';
import type { DataWorld } from './pretend-data.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What one write to a router instance comes to. `late`: no answer, carried out `ms` later. */
export type WriteFault = 'answer-lost' | 'not-delivered' | 'refused' | { late: number };

/**
 * What one write to the storage comes to: `lost` on its way there, `unanswered` although carried out, or not answered
 * and carried out only a second later (`late`; what is no save, pending revert or note is lost then).
 */
export type StorageFault = 'lost' | 'unanswered' | 'late';

export interface Write {
  at: number;
  instance: string;
  color: Color;
  epoch: number;
  by: string;
  /** Where the instance pointed when the write was sent. */
  was: Heading;
  outcome: PointAnswer['outcome'];
  /** Token of the service lease at that moment. */
  holder: string | undefined;
  /** For how long from that moment a write of the other color might still be carried out, as the record had it, ms. */
  otherMayComeMs: number;
  /** Whether the databases of that color took writes; undefined: both colors use the same ones. */
  writable?: boolean;
}

/** What a process asks a router for: a command that it decides, the look of every minute, or what it carries out. */
export type Asker = 'command' | 'sweep' | 'work';

/** What routers say, what colors answer, whether the storage is there. */
export interface World {
  router: Record<string, Heading>;
  /** The epoch that the routers say they were told last. */
  epoch?: number;
  /**
   * Writes that are denied, by instance, ms of the monotonic clock; undefined: it cannot deny them. `open`: instances
   * that answer, and do not.
   */
  denial?: {
    on: Record<string, { id: string; began: number; till: number }>;
    open: Set<string>;
    asked: { at: number; what: 'deny' | 'allow' }[];
  };
  /** The databases of the colors; undefined: both use the same ones. */
  data?: DataWorld;
  /** What each color answers about the schema of the database; undefined: nobody asks. */
  schema?: Record<Color, SchemaAnswer>;
  /** How long a write of this router may take; undefined: as long as every write. */
  writeMs: number | undefined;
  /** How long a question takes until it is answered. */
  askMs: number;
  /** Instances that do not answer now; they keep what they point to. */
  silent: Set<string>;
  /** Instances that answer, and refuse every write. */
  refusing: Set<string>;
  /** What to repair before any instance answers a question; undefined: they answer. */
  barred: string | undefined;
  /** Instances that refuse every write until something is repaired, and what. */
  shut: Map<string, string>;
  /** Instances that could not serve a color, and why. */
  unready: { instance: string; color: Color; detail: string; lasting?: boolean }[];
  /** Connections that stay on the color just left; undefined: nobody counts them. */
  left: number | undefined;
  /** Others write to the router too, and it says who did so last: their name, or '' for nobody. Undefined: nobody does. */
  by: string | undefined;
  /** What stays on the color just left, as the router says it. */
  keeps: string | undefined;
  /** Why instances that name neither color do so. */
  why: string | undefined;
  /** What asking through the router comes to; undefined: no probe is configured. */
  probe: { verdict: 'same' | 'other' | 'proves-nothing'; detail: string } | undefined;
  /** Traffic follows what the router says so much later, which only the probe sees, ms; undefined: at once. */
  followsMs?: number;
  /** A write that was taken shows in the next answer. */
  atOnce?: true;
  /** What the router says of a write that it took. */
  remark?: string;
  /** How much later than it takes a write the router carries it out, ms, asked for each; undefined: at once. */
  late: (() => number) | undefined;
  /** One entry is used up by each write, oldest first. */
  faults: WriteFault[];
  writes: Write[];
  /** Each question put to the router, with what was answered. */
  asks: { at: number; by: string; of: Asker; headings: Heading[] }[];
  /** `checkMs`: how long a check takes until it is answered. */
  colors: Record<Color, { up: boolean; version: string | undefined; checkMs?: number }>;
  /** How both colors are asked at once; undefined: they are not. `asked`: when, by whom, the colors in order. */
  pairs:
    | {
        everyMs: number;
        blockMs: number;
        asked: { at: number; by: string; color: Color }[];
        /** The request is wrong: neither color answers it well. */
        wrong?: true;
      }
    | undefined;
  /** The GETs that are compared while a version is staged, and what each color answers; undefined: none. */
  mirror:
    | {
        paths: string[];
        everyMs: number;
        asked: { at: number; by: string; color: Color; path: string }[];
        answer: (color: Color, path: string) => Partial<MirrorAnswer> | { why: string };
      }
    | undefined;
  /** What the number with a limit says; undefined: there is none. */
  limit?: { state: 'over' | 'under' | 'no-data'; words: string };
  /** Checks of a color begun, and the most that were under way at once. */
  checks: Record<Color, { begun: number; open: number; most: number }>;
  /** What is measured of a color that gets traffic; undefined: nothing. `asked`: the versions that it was asked for. */
  measured?: { now: Watched; asked: string[] };
  /** Hooks that stop writes; undefined: there are none. `fails`: what is not answered with 2xx. */
  writesHooks?: {
    calls: { at: number; by: string; which: 'on' | 'off'; key: string; ok: boolean }[];
    fails: Set<'on' | 'off'>;
    takesMs: number;
  };
  /** Hooks that feed both colors, in the same way. */
  feedHooks?: NonNullable<World['writesHooks']>;
  hooks: { at: Hook['at']; onFailure: 'stop' | 'warn'; ok: boolean; takesMs?: number; calls: string[] }[];
  /**
   * `asked`: each start, when a test wants them; `silent`: starts are carried out and not answered; `mayRun`: they
   * have no clear answer, and are not; `afterMs`: starts are refused, and a pause is asked for; `url`: where it is
   * watched.
   */
  deploy:
    | {
        state: 'running' | 'succeeded' | 'failed';
        started: string[];
        asked?: DeployJob[];
        silent?: boolean;
        mayRun?: true;
        afterMs?: number;
        /** What is said when it is to be ended, and the ids that were asked for; undefined: it cannot be ended from here. */
        stops?: { ended: boolean; words: string };
        stopped?: (string | undefined)[];
        url?: string;
      }
    | undefined;
  mapFile: { error: string | undefined; color: Color | undefined } | undefined;
  /** `replicas`: whether one confirms what is durable; undefined: there are none. */
  storage: { away: boolean; faults: StorageFault[]; replicas?: 'answer' | 'silent' };
  /** The answers to the question of every 60 s come only when this resolves. */
  slowSweep: Promise<void> | undefined;
}

/** Blue is live with v1; both colors answer; the storage is there. */
export function newWorld(instances: readonly string[]): World {
  return {
    router: Object.fromEntries(instances.map((name) => [name, 'blue' as const])),
    writeMs: undefined,
    askMs: 0,
    silent: new Set(),
    refusing: new Set(),
    barred: undefined,
    shut: new Map(),
    unready: [],
    left: undefined,
    by: undefined,
    keeps: undefined,
    why: undefined,
    probe: undefined,
    late: undefined,
    faults: [],
    writes: [],
    asks: [],
    colors: { blue: { up: true, version: 'v1' }, green: { up: true, version: 'v0' } },
    checks: { blue: { begun: 0, open: 0, most: 0 }, green: { begun: 0, open: 0, most: 0 } },
    pairs: undefined,
    mirror: undefined,
    hooks: [],
    deploy: undefined,
    mapFile: undefined,
    storage: { away: false, faults: [] },
    slowSweep: undefined,
  };
}

/** One process as the world sees it: `turn` resolves when it may go on, never once it is dead. */
export interface Caller {
  name: string;
  turn(): Promise<void>;
  /** Who holds the service lease as this is called, and for how long writes may still come, ms. */
  lease(): Promise<{ holder: string | undefined; lateMs: (color: Color) => number }>;
}

/** The adapters of the one service, as one process holds them. */
export function adaptersOf(
  world: World,
  clock: VirtualClock,
  caller: Caller,
  {
    of,
    reportsVersion,
    asked,
    instances = Object.keys(world.router),
  }: { of: Asker; reportsVersion: boolean; asked: () => void; instances?: string[] | undefined },
): Adapters {
  const headingOf = (instance: string): Heading =>
    world.silent.has(instance) ? 'unreachable' : (world.router[instance] ?? 'unknown');

  const check: HealthCheck = {
    name: 'GET /healthz',
    reportsVersion,
    intervalMs: 1_000,
    successes: 3,
    deadlineMs: 10_000,
    async ask(color, expected, signal) {
      await caller.turn();
      const seen = world.checks[color];
      seen.begun += 1;
      seen.open += 1;
      seen.most = Math.max(seen.most, seen.open);
      await clock.sleep(world.colors[color].checkMs ?? 0, signal);
      seen.open -= 1;
      const { up, version } = world.colors[color];
      if (!up) return { healthy: false, code: 'unhealthy', reason: 'answered 503, wanted 200' };
      if (expected !== undefined && version !== expected)
        return {
          healthy: false,
          code: 'version-mismatch',
          reason: `reports ${version ?? 'nothing'}, wanted ${expected}`,
          ...(version && { version }),
        };
      return { healthy: true, ...(version && reportsVersion && { version }) };
    },
  };

  const send = (
    instance: string,
    color: Color,
    epoch: number,
    { holder, lateMs }: Awaited<ReturnType<Caller['lease']>>,
  ): PointAnswer => {
    const was = headingOf(instance);
    const fault = world.refusing.has(instance) ? 'refused' : world.faults.shift();
    const write = (outcome: PointAnswer['outcome'], detail?: string): PointAnswer => {
      const otherMayComeMs = lateMs(otherColor(color));
      const by = caller.name;
      world.writes.push({
        at: clock.mono(),
        instance,
        color,
        epoch,
        by,
        was,
        outcome,
        holder,
        otherMayComeMs,
        ...(world.data && { writable: world.data.writable[color] }),
      });
      return { instance, outcome, ...(detail !== undefined && { detail }) };
    };
    const repair = world.shut.get(instance);
    if (repair !== undefined) return { ...write('refused', 'its file is broken'), repair };
    if (fault === 'not-delivered') return write('unclear', 'no answer');
    if (fault === 'refused') return write('refused', 'no');
    if (typeof fault === 'object') {
      void clock.sleep(fault.late).then(() => {
        world.router[instance] = color;
      });
      return write('unclear', 'no answer within 1 s');
    }
    const carryOut = (): void => {
      world.router[instance] = color;
    };
    if (world.late) void clock.sleep(world.late()).then(carryOut);
    else carryOut();
    return fault === 'answer-lost' ? write('unclear', 'no answer') : write('taken', world.remark);
  };

  return {
    router: {
      instances,
      async live(signal) {
        await caller.turn();
        if (world.askMs > 0) await clock.sleep(world.askMs, signal);
        const answers = instances.map((instance) => ({
          instance,
          ...(world.barred === undefined
            ? { heading: headingOf(instance) }
            : { heading: 'unreachable' as const, detail: 'it may not look', repair: world.barred }),
          ...(world.epoch !== undefined && { epoch: world.epoch }),
          ...(world.by && { by: world.by }),
          ...(world.why !== undefined && headingOf(instance) === 'unknown' && { detail: world.why }),
        }));
        world.asks.push({
          at: clock.mono(),
          by: caller.name,
          of,
          headings: answers.map((answer) => answer.heading),
        });
        asked();
        return answers;
      },
      knowsColors: true,
      ...(world.denial && { denial: denialOf(world, world.denial, instances, caller, clock) }),
      ...(world.followsMs !== undefined && { followsMs: world.followsMs }),
      ...(world.by !== undefined && { othersWrite: true as const }),
      ...(world.atOnce && { atOnce: true as const }),
      ...(world.keeps !== undefined && { keeps: world.keeps }),
      async ready(color) {
        await caller.turn();
        return instances.map((instance) => {
          if (headingOf(instance) === 'unreachable') return { instance, ready: 'unreachable' };
          const repair = world.shut.get(instance);
          if (repair !== undefined) return { instance, ready: 'no', detail: 'its file is broken', repair };
          const found = world.unready.find((each) => each.instance === instance && each.color === color);
          if (!found) return { instance, ready: 'yes' };
          const { detail, lasting } = found;
          return { instance, ready: 'no', detail, ...(lasting && { lasting }) };
        });
      },
      async point(color, epoch, permit, only = instances) {
        await caller.turn();
        const lease = await caller.lease();
        return only.map((instance) => {
          if (headingOf(instance) === 'unreachable') return { instance, outcome: 'unreachable' };
          if (!permit.mayWrite(world.writeMs))
            return { instance, outcome: 'unreachable', detail: 'the lease does not cover it' };
          return send(instance, color, epoch, lease);
        });
      },
      async left() {
        await caller.turn();
        return world.left;
      },
      ...(world.mapFile && {
        async persist(color: Color) {
          await caller.turn();
          if (world.mapFile?.error !== undefined) return world.mapFile.error;
          if (world.mapFile) world.mapFile.color = color;
          return undefined;
        },
      }),
    },
    health: [check],
    ...(world.data && { data: pretendData(world.data, caller) }),
    ...(world.schema && {
      schema: {
        async ask(color) {
          await caller.turn();
          return world.schema?.[color] ?? { ok: false, why: 'not asked' };
        },
      },
    }),
    ...(world.measured && {
      measured: [
        {
          name: 'errors',
          reportsVersion: false,
          asksForVersion: true as const,
          intervalMs: 5_000,
          successes: 2,
          limit: 0.05,
          deadlineMs: 10_000,
          async ask(color, expected) {
            await caller.turn();
            world.measured?.asked.push(`${color} ${expected ?? 'unknown'}`);
            return world.measured?.now.is === 'good'
              ? { healthy: true }
              : { healthy: false, code: 'unhealthy', reason: 'errors: 0.07 is above 0.05' };
          },
          async watch(color, version) {
            await caller.turn();
            world.measured?.asked.push(`live ${color} ${version ?? 'unknown'}`);
            return world.measured?.now ?? { is: 'good' };
          },
        },
      ],
    }),
    ...(world.limit && {
      limit: { ask: async () => world.limit ?? { state: 'no-data', words: 'not asked' } },
    }),
    ...(world.pairs && {
      pairs: {
        everyMs: world.pairs.everyMs,
        blockMs: world.pairs.blockMs,
        requests: [
          async (color) => {
            world.pairs?.asked.push({ at: clock.mono(), by: caller.name, color });
            await caller.turn();
            const { up, checkMs: ms = 0 } = world.colors[color];
            await clock.sleep(ms);
            return { ok: up && world.pairs?.wrong !== true, ms };
          },
        ],
      },
    }),
    ...(world.mirror && {
      mirror: {
        everyMs: world.mirror.everyMs,
        ignore: [],
        hosts: { blue: 'blue:1', green: 'green:1' },
        paths: world.mirror.paths.map((path) => ({
          shown: path,
          async ask(color: Color) {
            world.mirror?.asked.push({ at: clock.mono(), by: caller.name, color, path });
            await caller.turn();
            await clock.sleep(5);
            const found = world.mirror?.answer(color, path) ?? { why: 'gone' };
            const usual = { status: 200, contentType: 'application/json', location: '', body: '{}' };
            return 'why' in found ? found : { ...usual, ...found };
          },
        })),
      },
    }),
    ...(world.probe && {
      probe: {
        requests: 3,
        async ask() {
          await caller.turn();
          return world.probe ?? { verdict: 'proves-nothing', detail: 'no probe' };
        },
      },
    }),
    ...(world.writesHooks && { writesHooks: writesHooksOf(world.writesHooks, caller, clock) }),
    ...(world.feedHooks && { feedHooks: writesHooksOf(world.feedHooks, caller, clock) }),
    hooks: world.hooks.map((hook) => ({
      at: hook.at,
      name: `hooks.example/${hook.at}`,
      onFailure: hook.onFailure,
      async call(body, key, signal) {
        await caller.turn();
        hook.calls.push(key);
        if (hook.takesMs !== undefined) await clock.sleep(hook.takesMs, signal);
        return hook.ok ? { ok: true } : { ok: false, reason: `answered 500 at ${body.step}` };
      },
    })),
    ...(world.deploy && {
      deploy: {
        deadlineMs: 60_000,
        async start(job) {
          await caller.turn();
          world.deploy?.asked?.push(job);
          if (world.deploy?.mayRun)
            return {
              ok: false,
              reason: 'no answer; it may have been started',
              retryable: false,
              mayRun: true,
            };
          const { afterMs } = world.deploy ?? {};
          if (afterMs !== undefined) return { ok: false, reason: 'busy', retryable: true, afterMs };
          if (world.deploy && !world.deploy.started.includes(job.release)) {
            world.deploy.started.push(job.release);
            world.colors[job.color].version = job.version;
          }
          if (world.deploy?.silent) return { ok: false, reason: 'no answer', retryable: true };
          return { ok: true, id: job.release };
        },
        async follow() {
          await caller.turn();
          const { state = 'failed', url } = world.deploy ?? {};
          return { state, message: 'rolling out', ...(url !== undefined && { url }) };
        },
        ...(world.deploy.stops && {
          async stop(_job, id) {
            await caller.turn();
            (world.deploy?.stopped ?? []).push(id);
            return world.deploy?.stops ?? { ended: false, words: 'nothing is known of it' };
          },
        }),
      },
    }),
  };
}

/** Denies writes as `haproxy/switchback.lua` does. */
function denialOf(
  { silent }: World,
  { on, open, asked }: NonNullable<World['denial']>,
  instances: readonly string[],
  caller: { turn(): Promise<void> },
  clock: { mono(): number },
): WriteDenial {
  const each = async (
    what: 'deny' | 'allow',
    answer: (instance: string, now: number) => HoldAnswer,
  ): Promise<HoldAnswer[]> => {
    await caller.turn();
    const now = clock.mono();
    asked.push({ at: now, what });
    return instances.map((instance) =>
      silent.has(instance)
        ? { instance, held: what === 'allow', detail: 'no answer' }
        : answer(instance, now),
    );
  };
  return {
    deny: (id, ms) =>
      each('deny', (instance, now) => {
        if (open.has(instance)) return { instance, held: false, detail: 'HAProxy says "none"' };
        const before = on[instance];
        const began = before?.id === id && before.till > now ? before.began : now;
        on[instance] = { id, began, till: now + ms };
        return { instance, held: true, forMs: now - began };
      }),
    allow: (id) =>
      each('allow', (instance, now) => {
        const before = on[instance];
        if (before?.id === id) before.till = Math.min(before.till, now);
        return { instance, held: false };
      }),
  };
}

function writesHooksOf(
  { calls, fails, takesMs }: NonNullable<World['writesHooks']>,
  caller: Caller,
  clock: VirtualClock,
): NonNullable<Adapters['writesHooks']> {
  const one = (which: 'on' | 'off'): NonNullable<Adapters['writesHooks']>['on'] => ({
    name: `hooks.example/${which}`,
    async call(_body, key, signal) {
      await caller.turn();
      const ok = !fails.has(which);
      calls.push({ at: clock.mono(), by: caller.name, which, key, ok });
      if (takesMs > 0) await clock.sleep(takesMs, signal);
      await caller.turn();
      return ok && !signal.aborted ? { ok } : { ok: false, reason: 'answered 500' };
    },
  });
  return { on: one('on'), off: one('off') };
}
