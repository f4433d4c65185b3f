/** The release core over the in-memory ports and a pretended world: router, colors, people. Time is virtual. */
import { inspect } from 'node:util';
import { openMemory } from '../../src/memory/memory.ts';
import type { Color } from '../../src/release/color.ts';
import type { Answer, Catalog, Command, Configured } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import type { Parts } from '../../src/release/parts.ts';
import type { Adapters, HealthCheck, Heading, Hook, PointAnswer } from '../../src/release/ports.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { run } from '../../src/release/run.ts';
import type { Running } from '../../src/release/run.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { HistoryEntry, Notice } from '../../src/release/store.ts';
import { makeSubmit } from '../../src/release/submit.ts';
import { virtualClock } from './virtual-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What one write to a router instance comes to. `late`: no answer, carried out `ms` later. */
export type WriteFault = 'answer-lost' | 'not-delivered' | 'refused' | { late: number };

/** The world outside: what routers say, what colors answer. Tests change it. */
export interface World {
  router: Record<string, Heading>;
  /** One entry is used up by each write, oldest first. */
  faults: WriteFault[];
  writes: { at: number; instance: string; color: Color; epoch: number; by: string }[];
  colors: Record<Color, { up: boolean; version: string | undefined }>;
  hooks: { at: Hook['at']; onFailure: 'stop' | 'warn'; ok: boolean; calls: string[] }[];
  deploy: { state: 'running' | 'succeeded' | 'failed'; started: string[] } | undefined;
  mapFile: { error: string | undefined; color: Color | undefined } | undefined;
}

/** A command without the parts that most tests leave at their defaults: checkout, ann, no marks. */
export type Asked = Command extends infer C
  ? C extends Command
    ? Omit<C, 'actor' | 'marks' | 'service'> & Partial<Pick<C, 'actor' | 'marks' | 'service'>>
    : never
  : never;

export interface Replica {
  name: string;
  submit(command: Asked): Promise<Answer>;
  running: Running;
  /** As SIGKILL: no call of this process is answered or sent any more. */
  kill(): void;
}

export interface Core {
  clock: VirtualClock;
  world: World;
  replica(name?: string): Replica;
  record(service?: string): Promise<ServiceRecord>;
  history(service?: string): Promise<HistoryEntry[]>;
  notices(): Promise<Notice[]>;
  /** Words of all notices. */
  said(): Promise<string>;
  settings(change: Record<string, unknown>): void;
  roles: Record<string, string[]>;
}

export const ann = { kind: 'slack', user: 'UANN', team: 'T1', channel: 'C1' } as const;
export const bob = { kind: 'slack', user: 'UBOB', team: 'T1', channel: 'C1' } as const;
export const cleo = { kind: 'slack', user: 'UCLEO', team: 'T1', channel: 'C1' } as const;

/** Opens the core. `instances`: names of router instances. Blue is live with v1; both colors answer. */
export function openCore({ instances = ['r1'], settings = {} as Record<string, unknown> } = {}): Core {
  const clock = virtualClock();
  const memory = openMemory({ clock });
  const roles: Core['roles'] = { UANN: ['operator'], UBOB: ['operator', 'approver'], UCLEO: ['admin'] };
  const world: World = {
    router: Object.fromEntries(instances.map((name) => [name, 'blue' as const])),
    faults: [],
    writes: [],
    colors: { blue: { up: true, version: 'v1' }, green: { up: true, version: 'v0' } },
    hooks: [],
    deploy: undefined,
    mapFile: undefined,
  };
  let raw: Record<string, unknown> = {
    channel: 'C1',
    colors: { blue: { url: 'http://127.0.0.1:1' }, green: { url: 'http://127.0.0.1:2' } },
    router: { kind: 'fake' },
    health: [{ kind: 'http', versionPath: 'version' }],
    promotion: { bake: '10s' },
    ...settings,
  };
  const configuredOf = (of: Record<string, unknown>): Configured => ({
    raw: of,
    settings: settingsSchema.parse(of),
    digest: JSON.stringify(of),
  });
  const catalog: Catalog = {
    names: () => ['checkout'],
    find: (service) => (service === 'checkout' ? configuredOf(raw) : undefined),
    stored: (record) => configuredOf(record.settings),
    channelOf: (of) => of.channel ?? 'C1',
  };

  const adaptersFor = (by: string, dead: () => boolean): Adapters => {
    const never = <T>(): Promise<T> => new Promise<T>(() => {});
    const check: HealthCheck = {
      name: 'GET /healthz',
      reportsVersion: Array.isArray(raw['health']) && JSON.stringify(raw['health']).includes('versionPath'),
      intervalMs: 1_000,
      successes: 3,
      deadlineMs: 10_000,
      async ask(color, expected) {
        if (dead()) return never();
        const { up, version } = world.colors[color];
        if (!up) return { healthy: false, code: 'unhealthy', reason: 'answered 503, wanted 200' };
        if (expected !== undefined && version !== expected)
          return {
            healthy: false,
            code: 'version-mismatch',
            reason: `reports ${version ?? 'nothing'}, wanted ${expected}`,
            ...(version && { version }),
          };
        return { healthy: true, ...(version && { version }) };
      },
    };
    const point = async (
      instance: string,
      color: Color,
      epoch: number,
      mayWrite: () => boolean,
    ): Promise<PointAnswer> => {
      if (world.router[instance] === 'unreachable') return { instance, outcome: 'unreachable' };
      if (!mayWrite()) return { instance, outcome: 'unreachable', detail: 'the lease does not cover it' };
      const fault = world.faults.shift();
      world.writes.push({ at: clock.mono(), instance, color, epoch, by });
      if (fault === 'not-delivered') return { instance, outcome: 'unclear', detail: 'no answer' };
      if (fault === 'refused') return { instance, outcome: 'refused', detail: 'no' };
      if (typeof fault === 'object') {
        void clock.sleep(fault.late).then(() => {
          world.router[instance] = color;
        });
        return { instance, outcome: 'unclear', detail: 'no answer within 1 s' };
      }
      world.router[instance] = color;
      return fault === 'answer-lost'
        ? { instance, outcome: 'unclear', detail: 'no answer' }
        : { instance, outcome: 'taken' };
    };
    return {
      router: {
        instances,
        live: () =>
          dead()
            ? never()
            : Promise.resolve(
                instances.map((instance) => ({ instance, heading: world.router[instance] ?? 'unknown' })),
              ),
        point: (color, epoch, leave, only = instances) =>
          dead()
            ? never()
            : Promise.all(only.map((instance) => point(instance, color, epoch, () => leave.mayWrite()))),
        ...(world.mapFile && {
          persist: async (color: Color) => {
            if (world.mapFile?.error !== undefined) return world.mapFile.error;
            if (world.mapFile) world.mapFile.color = color;
            return undefined;
          },
        }),
      },
      health: [check],
      hooks: world.hooks.map((hook) => ({
        at: hook.at,
        name: `hooks.example/${hook.at}`,
        onFailure: hook.onFailure,
        async call(body, key) {
          if (dead()) return never();
          hook.calls.push(key);
          return hook.ok ? { ok: true } : { ok: false, reason: `answered 500 at ${body.step}` };
        },
      })),
      ...(world.deploy && {
        deploy: {
          deadlineMs: 60_000,
          async start(job) {
            if (dead()) return never();
            if (world.deploy && !world.deploy.started.includes(job.release)) {
              world.deploy.started.push(job.release);
              world.colors[job.color].version = job.version;
            }
            return { ok: true, id: job.release };
          },
          async follow() {
            return dead() ? never() : { state: world.deploy?.state ?? 'failed', message: 'rolling out' };
          },
        },
      }),
    };
  };

  const freezeWhenDead = <T extends object>(target: T, dead: () => boolean): T =>
    new Proxy(target, {
      get(of, key, receiver) {
        const value: unknown = Reflect.get(of, key, receiver);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          if (dead()) return new Promise(() => {});
          const answer: unknown = await (Reflect.apply(value, of, args) as Promise<unknown>);
          return dead() ? new Promise(() => {}) : answer;
        };
      },
    });

  let count = 0;
  return {
    clock,
    world,
    roles,
    replica(name = `replica-${(count += 1)}`) {
      let killed = false;
      const dead = (): boolean => killed;
      const log = {
        info: () => {},
        warn: () => {},
        error: (facts: object, text: string) => process.stderr.write(`${name}: ${text} ${inspect(facts)}\n`),
      };
      const parts: Parts = {
        store: freezeWhenDead(memory.store, dead),
        agenda: freezeWhenDead(memory.agenda, dead),
        outbox: freezeWhenDead(memory.outbox, dead),
        catalog,
        people: {
          may: async (actor, wanted) => {
            const mine = actor.kind === 'slack' ? (roles[actor.user] ?? []) : [];
            return wanted.some((role) => mine.includes(role)) || mine.includes('admin') ? 'yes' : 'no';
          },
          mentions: () => [{ group: 'S1' }],
        },
        clock: {
          ...clock,
          sleep: (ms, signal) => (killed ? new Promise(() => {}) : clock.sleep(ms, signal)),
        },
        driver: name,
        adapters: () => adaptersFor(name, dead),
        sweep: async (services, signal) => {
          const answers = new Map<string, Awaited<ReturnType<Adapters['router']['live']>>>();
          for (const service of services.keys())
            answers.set(service, await adaptersFor(name, dead).router.live(signal));
          return answers;
        },
        log,
        observe: { operation: () => {}, refusal: () => {}, switched: () => {}, leaseLost: () => {} },
      };
      const running = run(parts, async (due, token) => parts.agenda.done(due, token, 60_000));
      const submit = makeSubmit(parts, running.wake);
      return {
        name,
        running,
        submit: (command) => submit({ service: 'checkout', actor: ann, marks: [], ...command } as Command),
        kill: () => {
          killed = true;
        },
      };
    },
    async record(service = 'checkout') {
      const { record } = await memory.store.load(service);
      if (!record) throw new Error(`no record of ${service}`);
      return record;
    },
    history: (service = 'checkout') => memory.store.history(service, 100),
    notices: async () => (await memory.outbox.pending('C1', 1_000)).notices,
    async said() {
      return (await memory.outbox.pending('C1', 1_000)).notices
        .map((notice) => `${notice.kind}: ${plain(notice.text)}`)
        .join('\n');
    },
    settings(change) {
      raw = { ...raw, ...change };
    },
  };
}

/** Waits until the service is in this state. */
export function inState(core: Core, state: ServiceRecord['state'], withinMs?: number): Promise<void> {
  return core.clock.until(
    async () => (await core.record().catch(() => undefined))?.state === state,
    withinMs,
  );
}

/** Opens the core with one replica, adopted and idle. */
export async function ready(options?: Parameters<typeof openCore>[0]): Promise<{ core: Core; bot: Replica }> {
  const core = openCore(options);
  const bot = core.replica();
  await inState(core, 'idle');
  return { core, bot };
}

/** Stages `version` on the idle color, where it is put first, and waits. */
export async function staged(core: Core, bot: Replica, version = 'v2'): Promise<void> {
  const { live } = await core.record();
  core.world.colors[live === 'blue' ? 'green' : 'blue'].version = version;
  const answer = await bot.submit({ verb: 'stage', version });
  if (!answer.ok) throw new Error(plain(answer.refusal.why));
  await inState(core, 'staged');
}
