/** The release core over the in-memory ports and a pretended world: router, colors, people. Time is virtual. */
import { inspect } from 'node:util';
import { memoryAlerts } from '../../src/memory/alerts.ts';
import { memoryEvidence } from '../../src/memory/evidence.ts';
import { memoryAgenda } from '../../src/memory/agenda.ts';
import { memoryOutbox } from '../../src/memory/outbox.ts';
import { entryOf, newState } from '../../src/memory/state.ts';
import type { MemoryState } from '../../src/memory/state.ts';
import { memoryStore } from '../../src/memory/store.ts';
import type { IncomingAlert } from '../../src/release/alerts/alert.ts';
import type { PressParts } from './alert-verbs.ts';
import type { EvidenceStore } from '../../src/release/evidence/port.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import { actorId } from '../../src/release/actor.ts';
import type { Answer, Catalog, Configured } from '../../src/release/command.ts';
import type { Command } from '../../src/release/verbs/index.ts';
import { Fault } from '../../src/release/fault.ts';
import { lateMs as mayComeMs } from '../../src/release/late-writes.ts';
import { plain } from '../../src/release/line.ts';
import type { Parts } from '../../src/release/parts.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { newRemembered } from '../../src/release/known-services.ts';
import { tellConfigurations } from '../../src/release/configurations.ts';
import { run } from '../../src/release/run.ts';
import type { Running } from '../../src/release/run.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { Change, DrawMark, HistoryEntry, Loaded, Notice } from '../../src/release/store.ts';
import type { ServerWatch } from '../../src/release/server-watch.ts';
import { makeSubmit } from '../../src/release/submit.ts';
import { virtualClock } from './virtual-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { adaptersOf, newWorld } from './fake-world.ts';
import type { Asker, Caller, World } from './fake-world.ts';

export type { World, WriteFault } from './fake-world.ts';

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
  parts: Parts;
  /** As SIGKILL: no call of this process is answered or sent any more. */
  kill(): void;
  /** As SIGSTOP: nothing of this process goes on before `resume`. */
  pause(): void;
  resume(): void;
}

/** How the configuration of one replica differs. */
export interface Own {
  /** The services of its file. */
  services?: readonly string[];
  digest?: string;
  /** Settings of its services, over those of the others; `router.instances`: those of the world that its router has. */
  settings?: Record<string, unknown>;
  /** Names that its environment lacks. */
  gone?: ReadonlySet<string>;
}

/** One save that the store took: by whom, over what, and what lay there. */
export interface Saved {
  at: number;
  by: string;
  before: Loaded;
  after: ServiceRecord;
  change: Change;
}

/** What a test is told of as it happens. */
export interface Watch {
  /** A router was asked, and the answer is on its way. */
  asked?(): void;
  /** A save is sent: a storage fault that is added now meets it. */
  saving?(change: Change): void;
  saved?(saved: Saved): void;
  /** A process took a due lease, or renewed one. */
  leased?(by: string, names: readonly string[]): void;
}

/** All that the storage had at a moment. */
export type Kept = Omit<MemoryState, 'clock'>;

export interface Core {
  clock: VirtualClock;
  world: World;
  watch: Watch;
  /** One more process. `own`: what its file and its environment have otherwise than those of the others. */
  replica(name?: string, own?: Own): Replica;
  record(service?: string): Promise<ServiceRecord>;
  /** The record with what lies next to it: lease, pending revert. */
  loaded(service?: string): Promise<Loaded>;
  history(service?: string): Promise<HistoryEntry[]>;
  notices(): Promise<Notice[]>;
  /** What was counted of automatic reverts, in order. */
  counted: string[];
  /** The cards that wait to be drawn; each change gives another mark. */
  draws(): Promise<DrawMark[]>;
  /** Words of all notices. */
  said(): Promise<string>;
  settings(change: Record<string, unknown>): void;
  /** An alert on `checkout` is stored: critical and without a color, unless `more` says otherwise. */
  fires(more?: Partial<IncomingAlert>): Promise<void>;
  /** What takes alerts and presses on them; `fires` stores in the group of `alertGroup`. */
  alerting: PressParts;
  /** What asking both colors says, as any process reads it. */
  evidence: EvidenceStore;
  /** The storage loses these due times. */
  loseDue(...names: string[]): void;
  /** The storage loses everything. */
  wipe(): void;
  /** What the storage has now, for `failOver`. */
  kept(): Kept;
  /** Another server takes the place of the storage's: one that has only this. All replicas come to it at once. */
  failOver(kept: Kept): void;
  /** Writes a record's text as another version would have. */
  plant(service: string, json: string): Promise<void>;
  /** Services whose stored settings cannot be read here. */
  unusable: Set<string>;
  /** Names of the environment that are gone: settings stored with `${NAME}` cannot be read any more. */
  gone: Set<string>;
  /** Log lines of all replicas, oldest first. */
  logged: { level: 'info' | 'warn' | 'error'; text: string; [field: string]: unknown }[];
  /** Names of the configured services. */
  services: string[];
  roles: Record<string, string[]>;
}

export const ann = { kind: 'slack', user: 'UANN', team: 'T1', channel: 'C1' } as const;
export const bob = { kind: 'slack', user: 'UBOB', team: 'T1', channel: 'C1' } as const;
export const cleo = { kind: 'slack', user: 'UCLEO', team: 'T1', channel: 'C1' } as const;

/** Calls of the store that write: what a lost answer leaves in doubt. */
const writing = new Set([
  'save',
  'savePendingRevert',
  'note',
  'noteAccepted',
  'acquire',
  'renew',
  'release',
  'saveAsked',
  'post',
  'recall',
]);
const canBeLate = new Set(['save', 'savePendingRevert', 'note']);
const lateMs = 1_000;
/** What arrives later than this does nothing: as on Redis, whose scripts know until when somebody waits. */
const tooLateMs = 1_500;

/**
 * Opens the core. `instances`: names of router instances, which all `services` share. Blue is live with v1; both colors
 * answer. `latencyMs`: how long the next call of storage, router or color takes.
 */
export function openCore({
  instances = ['r1'],
  settings = {} as Record<string, unknown>,
  latencyMs = (): number => 0,
  services = ['checkout'],
} = {}): Core {
  const clock = virtualClock();
  const state = newState(clock);
  let changedAt: number | undefined;
  const watchers = new Set<(up: boolean) => void>();
  const server: ServerWatch = {
    changedAt: () => changedAt,
    watch: (fn) => {
      watchers.add(fn);
      return () => watchers.delete(fn);
    },
  };
  const counted: string[] = [];
  const memory = {
    store: { ...memoryStore(state), server },
    agenda: memoryAgenda(state),
    outbox: memoryOutbox(state),
    alerts: memoryAlerts(state),
    evidence: memoryEvidence(state),
  };
  const unusable = new Set<string>();
  const gone = new Set<string>();
  const logged: Core['logged'] = [];
  const roles: Core['roles'] = { UANN: ['operator'], UBOB: ['operator', 'approver'], UCLEO: ['admin'] };
  const world = newWorld(instances);
  const watch: Watch = {};
  let raw: Record<string, unknown> = {
    channel: 'C1',
    colors: { blue: { url: 'http://127.0.0.1:1' }, green: { url: 'http://127.0.0.1:2' } },
    router: { kind: 'fake' },
    health: [{ kind: 'http', versionPath: 'version' }],
    promotion: { bake: '10s' },
    ...settings,
  };
  const parsed = new Map<string, Configured>();
  const configuredOf = (of: Record<string, unknown>): Configured => {
    const digest = JSON.stringify(of);
    const known = parsed.get(digest) ?? {
      raw: of,
      settings: settingsSchema.parse(of),
      digest,
      seal: `sealed ${digest}`,
    };
    parsed.set(digest, known);
    return known;
  };
  const catalogOf = ({ services: own = services, gone: lacked = gone, settings: mine }: Own): Catalog => ({
    names: () => own,
    find: (service) => (own.includes(service) ? configuredOf(mine ? { ...raw, ...mine } : raw) : undefined),
    stored: (record) => {
      const stored = JSON.stringify(record.settings);
      if (unusable.has(record.service) || [...lacked].some((name) => stored.includes(`\${${name}}`)))
        throw new Fault('bad-settings', 'A name in the settings is not set.');
      return configuredOf(record.settings);
    },
    vouchesFor: ({ settings, seal }) => settings === raw || seal === `sealed ${JSON.stringify(settings)}`,
    channelOf: (of) => of.channel ?? 'C1',
  });

  /** The port as one process has it: slow, paused or dead with the process; away, or losing calls, with the storage. */
  const alerting: PressParts = {
    alerts: memory.alerts,
    evidence: memory.evidence,
    store: memory.store,
    catalog: catalogOf({}),
    people: { may: async () => 'yes', mentions: () => [{ group: 'S1' }] },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    defaultChannel: 'C9',
    look: () => {},
    confirmLater: () => {},
    accepted: () => {},
    clock,
  };
  const reached = <T extends object>(target: T, caller: Caller): T =>
    new Proxy(target, {
      get(of, key, receiver) {
        if (key === 'replicas') return world.storage.replicas !== undefined;
        const value: unknown = Reflect.get(of, key, receiver);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          await caller.turn();
          const { storage } = world;
          if (storage.away) throw new Fault('storage-unavailable', 'The storage is away.');
          if (key === 'save') watch.saving?.(args[0] as Change);
          const fault = writing.has(String(key)) ? storage.faults.shift() : undefined;
          const silence = () =>
            new Fault('storage-unavailable', 'The storage did not answer.', { unclear: true });
          const carryOut = async (): Promise<unknown> => {
            // Both run before anything else can: what is loaded is what the save finds.
            const before = key === 'save' ? memory.store.load((args[0] as Change).service) : undefined;
            const answer: unknown = await (Reflect.apply(value, of, args) as Promise<unknown>);
            if (before) tellSaved(caller.name, args[0] as Change, await before, answer);
            return answer;
          };
          const sentAt = clock.mono();
          const carryOutLate = (): unknown => clock.mono() - sentAt <= tooLateMs && carryOut();
          if (fault === 'late' && canBeLate.has(String(key))) void clock.sleep(lateMs).then(carryOutLate);
          if (fault === 'late' || fault === 'lost') throw silence();
          const answer = await carryOut();
          if (key === 'take') watch.leased?.(caller.name, (answer as { names: string[] }).names);
          if (key === 'extend' && answer === true) watch.leased?.(caller.name, [String(args[0])]);
          const durable =
            key === 'savePendingRevert' ||
            key === 'noteAccepted' ||
            (key === 'save' && (args[0] as Change).durable === true);
          if (durable && storage.replicas === 'silent') {
            await clock.sleep(200);
            Object.assign(answer as object, { replicated: false });
          }
          await caller.turn();
          if (fault === 'unanswered') throw silence();
          return answer;
        };
      },
    });
  const tellSaved = (by: string, change: Change, before: Loaded, answer: unknown): void => {
    const saved = answer as { ok: boolean; record: ServiceRecord };
    if (saved.ok) watch.saved?.({ at: clock.mono(), by, before, after: saved.record, change });
  };

  let count = 0;
  return {
    clock,
    world,
    watch,
    roles,
    replica(name = `replica-${(count += 1)}`, own = {}) {
      let killed = false;
      let paused: { gate: Promise<void>; open: () => void } | undefined;
      const onward = async (): Promise<void> => {
        while (paused && !killed) await paused.gate;
        if (killed) await new Promise(() => {});
      };
      const turn = async (): Promise<void> => {
        if (killed || paused) await onward();
        const ms = latencyMs();
        if (ms > 0) await clock.sleep(ms);
        if (killed || paused) await onward();
      };
      const caller: Caller = {
        name,
        turn,
        async lease() {
          const { lease, record, now } = await memory.store.load('checkout');
          return {
            holder: lease?.token,
            lateMs: (color) => (record ? mayComeMs(record, color, now) : 0),
          };
        },
      };
      const adapters = (of: Asker) => (_service?: string, configured?: Configured) =>
        adaptersOf(world, clock, caller, {
          of,
          instances: (configured?.raw['router'] as { instances?: string[] } | undefined)?.instances,
          asked: () => watch.asked?.(),
          reportsVersion: JSON.stringify(raw['health'] ?? '').includes('versionPath'),
        });
      const log = {
        info: (facts: object, text: string) => void logged.push({ ...facts, level: 'info', text }),
        warn: (facts: object, text: string) => void logged.push({ ...facts, level: 'warn', text }),
        error: (facts: object, text: string) => {
          logged.push({ ...facts, level: 'error', text });
          process.stderr.write(`${name}: ${text} ${inspect(facts)}\n`);
        },
      };
      const parts: Parts = {
        store: reached(memory.store, caller),
        agenda: reached(memory.agenda, caller),
        outbox: reached(memory.outbox, caller),
        alerts: reached(memory.alerts, caller),
        evidence: reached(memory.evidence, caller),
        catalog: catalogOf(own),
        people: {
          may: async (actor, wanted) => {
            const mine = roles[actorId(actor)] ?? [];
            return wanted.some((role) => mine.includes(role)) || mine.includes('admin') ? 'yes' : 'no';
          },
          mentions: () => [{ group: 'S1' }],
        },
        clock: {
          ...clock,
          async sleep(ms, signal) {
            await onward();
            await clock.sleep(ms, signal);
            await onward();
          },
          after(ms, act) {
            let off = false;
            const callOff = clock.after(ms, () => void onward().then(() => off || act()));
            return () => {
              off = true;
              callOff();
            };
          },
        },
        driver: name,
        adapters: adapters('work'),
        sweep: async (services) => {
          if (services.size === 0) return new Map();
          const [configured] = services.values();
          const answers = await adapters('sweep')('', configured).router.live(AbortSignal.timeout(2_000));
          await world.slowSweep;
          return new Map([...services.keys()].map((service) => [service, answers]));
        },
        remembered: newRemembered(),
        log,
        observe: {
          operation: () => {},
          refusal: () => {},
          switched: () => {},
          leaseLost: () => {},
          verdict: () => {},
          compared: () => {},
          autoRevert: (event) => void counted.push(event),
        },
      };
      void tellConfigurations(
        parts,
        { digest: own.digest ?? 'own', services: own.services ?? services, sources: [] },
        'C1',
        new AbortController().signal,
      );
      const running = run(parts, async (due, token) => parts.agenda.done(due, token, 60_000));
      const submit = makeSubmit({ ...parts, adapters: adapters('command') }, running.wake);
      return {
        name,
        running,
        parts,
        submit: (command) => submit({ service: 'checkout', actor: ann, marks: [], ...command } as Command),
        kill: () => {
          killed = true;
        },
        pause: () => {
          if (paused) return;
          let open = (): void => {};
          const gate = new Promise<void>((resolve) => {
            open = resolve;
          });
          paused = { gate, open };
        },
        resume: () => {
          const was = paused;
          paused = undefined;
          was?.open();
        },
      };
    },
    async record(service = 'checkout') {
      const { record } = await memory.store.load(service);
      if (!record) throw new Error(`no record of ${service}`);
      return record;
    },
    loaded: (service = 'checkout') => memory.store.load(service),
    history: (service = 'checkout') => memory.store.history(service, 1_000),
    notices: async () => (await memory.outbox.pending('C1', 1_000)).notices,
    counted,
    draws: async () => (await memory.outbox.pending('C1', 1_000)).draws,
    async said() {
      return (await memory.outbox.pending('C1', 1_000)).notices
        .map((notice) => `${notice.kind}: ${plain(notice.text)}`)
        .join('\n');
    },
    unusable,
    gone,
    logged,
    services,
    alerting,
    evidence: memory.evidence,
    async fires(more = {}) {
      const alert: IncomingAlert = {
        fingerprint: 'f1',
        status: 'firing',
        severity: 'critical',
        title: 'Down',
        summary: '',
        labels: {},
        since: clock.now(),
        links: [],
        ...more,
      };
      const delivery = { source: 'prom', group: 'g', alerts: [alert], truncated: 0 };
      await takeDelivery(
        alerting,
        delivery,
        () => alertGroup,
        () => 'checkout',
      );
    },
    loseDue(...names) {
      for (const name of names) state.due.delete(name);
    },
    wipe() {
      Object.assign(state, newState(clock));
    },
    kept() {
      const { clock: _clock, ...rest } = state;
      return structuredClone(rest);
    },
    failOver(kept) {
      for (const watcher of watchers) watcher(false);
      Object.assign(state, structuredClone(kept));
      changedAt = clock.mono();
      for (const watcher of watchers) watcher(true);
    },
    async plant(service, json) {
      entryOf(state, service).record = json;
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

/** The group of alerts that `fires` stores. */
export const alertGroup = 'a'.repeat(24);

/** Opens the core with one replica, adopted and idle. */
export async function ready(options?: Parameters<typeof openCore>[0]): Promise<{ core: Core; bot: Replica }> {
  const core = openCore(options);
  const bot = core.replica();
  await inState(core, 'idle');
  return { core, bot };
}

/** Stages `version` on the idle color, where it is put first, and waits. */
export async function staged(core: Core, bot: Replica, version = 'v2', noWayBack?: string): Promise<void> {
  const { live } = await core.record();
  core.world.colors[live === 'blue' ? 'green' : 'blue'].version = version;
  const answer = await bot.submit({ verb: 'stage', version, ...(noWayBack !== undefined && { noWayBack }) });
  if (!answer.ok) throw new Error(plain(answer.refusal.why));
  await inState(core, 'staged');
}
