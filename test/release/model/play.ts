/** Plays one script against the core, and holds what happens against the guarantees. */
import { actorId } from '../../../src/release/actor.ts';
import { otherColor } from '../../../src/release/color.ts';
import type { Answer } from '../../../src/release/command.ts';
import type { Command, Verb } from '../../../src/release/verbs/index.ts';
import { Fault } from '../../../src/release/fault.ts';
import { plain } from '../../../src/release/line.ts';
import { underWay } from '../../../src/release/release.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import type { RefusalCode } from '../../../src/release/refusals.ts';
import type { HistoryEntry } from '../../../src/release/store.ts';
import { passes } from '../../../src/release/turn-gates.ts';
import { openWait } from '../../../src/release/wait-in-line.ts';
import { inState, openCore } from '../../support/memory-core.ts';
import type { Asked, Core, Replica, Saved } from '../../support/memory-core.ts';
import type { Write } from '../../support/fake-world.ts';
import { newData } from '../../support/pretend-data.ts';
import type { DataWorld } from '../../support/pretend-data.ts';
import { fitting, hasButton } from './actions.ts';
import type {
  Action,
  Asking,
  AutoRevertSetup,
  ButtonVerb,
  Lateness,
  Person,
  Setup,
  WindowSetup,
} from './actions.ts';
import { watchCountdowns } from './countdowns.ts';
import type { CountdownWatch } from './countdowns.ts';
import { saveLaws, shapeLaws } from './laws.ts';
import { watchWindows } from './windows.ts';
import type { WindowWatch } from './windows.ts';
import { watchStops } from './stops.ts';
import type { StopWatch } from './stops.ts';

interface Request {
  command: Asked & Bare;
  mark: string;
  began: number;
  /** Revision when it was asked; what it may be judged by when nothing else happens. */
  record: ServiceRecord;
  /** The replica was killed or paused before it answered. */
  answer?: Answer;
  /** Answers to repeats of the same request. */
  repeats: Answer[];
  /** Saves that carried its mark. */
  saves: Saved[];
}

const plainly = { who: 'cleo' as const, at: 0, version: 'v2', put: true, forMs: 60_000 };

/** A command that waits for its turn. */
interface Waiter {
  name: string;
  action: Action & { do: 'stand' };
  replica: Replica;
  /** When it came, and when it first stood in line, ms. */
  came: number;
  stood?: number;
  /** How it ended. */
  end?: string;
}

/** While nothing of this happens everybody keeps their place. */
const losesPlaces = ['kill', 'pause', 'suspend', 'storage-away', 'storage-faults'];

/** What may refuse a revert, with what concerns a press, and a record that changes too fast. */
const revertStops: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'not-allowed',
  'stale-button',
  'nothing-to-revert-to',
  'unhealthy',
  'version-mismatch',
  'router-not-ready',
  'not-in-sync',
  'router-unreachable',
  'storage-unavailable',
  'operation-in-progress',
]);

/** The history entries that tell of an accepted command. */
const effects: Record<Verb, readonly string[]> = {
  stage: ['stage'],
  promote: ['promote', 'request'],
  revert: ['revert', 'joined'],
  approve: ['approve'],
  reject: ['reject'],
  cancel: ['cancel', 'dropped', 'joined'],
  settle: ['settled'],
  hold: ['hold'],
  resume: ['resume'],
  'read-write': ['read-write'],
  lock: ['lock'],
  extend: ['extend', 'joined'],
  unlock: ['unlock'],
  retry: ['retry'],
  adopt: ['adopt'],
};

/** True: a press fits when a newer release was staged, too. It is about the router or the lock. */
const outlivesRelease: Record<ButtonVerb, boolean> = {
  promote: false,
  cancel: false,
  approve: false,
  reject: false,
  revert: false,
  retry: true,
  adopt: true,
  extend: true,
  unlock: true,
  resume: false,
};

/** What some lives have besides. */
export interface Besides {
  lateness?: Lateness;
  autoRevert?: AutoRevertSetup;
  windows?: WindowSetup;
  /** Hooks stop writes around a switch. */
  stops?: boolean;
  /** Each color has databases of its own. */
  data?: boolean;
  /** From all versions but v1 there is no way back. */
  oneWay?: boolean;
}

/** Ends with a message that tells the whole story when a guarantee is broken. */
export async function play(setup: Setup, script: readonly Action[], besides: Besides = {}): Promise<void> {
  const game = await open(setup, besides);
  try {
    for (const action of script) {
      await game.act(action);
      game.check();
    }
    await game.rest();
    game.check();
  } catch (cause) {
    throw new Error(`${(cause as Error).message}\n\n${await game.story()}`, { cause });
  } finally {
    game.core.clock.end();
  }
}

function promotionOf(approvals: number, autoRevert: AutoRevertSetup | undefined): Record<string, unknown> {
  const of = { bake: '10s', approvals, approvalExpires: '60s' };
  if (!autoRevert) return of;
  const { on, after, bake } = autoRevert;
  const sources = on.includes('critical') ? ['prom'] : [];
  return { ...of, bake: `${bake}ms`, autoRevert: { on, sources, after: `${after}ms` } };
}

async function open(
  setup: Setup,
  { lateness, autoRevert, windows, stops = false, data = false, oneWay = false }: Besides,
): Promise<Game> {
  let seed = lateness?.seed ?? 7;
  const random = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  let slow = false;
  const core = openCore({
    instances: setup.instances === 1 ? ['r1'] : ['r1', 'r2'],
    latencyMs: () => (slow && random() < 0.5 ? Math.ceil(random() * setup.latency) : 0),
    settings: {
      health: [setup.versionPath ? { kind: 'http', versionPath: 'version' } : { kind: 'tcp' }],
      promotion: promotionOf(setup.approvals, autoRevert),
      ...(autoRevert && { alerts: { attribute: `${autoRevert.attribute}ms` } }),
      revert: { lockAfterRevert: setup.lockAfterRevert },
      hooks: setup.hooks ? [{ at: 'after-revert' }] : [],
      ...(windows && {
        cutover: {
          writes: { mode: 'deny' },
          readOnly: { before: `${windows.before / 1_000}s`, after: `${windows.after}ms` },
        },
      }),
      ...(data && { cutover: { data: { kind: 'hook' } } }),
    },
  });
  if (data) core.world.data = newData();
  Object.assign(core.roles, { UDAN: ['approver'], UEVE: [] });
  if (setup.hooks) {
    for (const at of ['before-switch', 'after-switch', 'after-revert'] as const)
      core.world.hooks.push({
        at,
        onFailure: at === 'after-revert' ? 'warn' : 'stop',
        ok: true,
        takesMs: 300,
        calls: [],
      });
  }
  const game = new Game(core, setup, autoRevert, windows, oneWay);
  if (stops) game.stops = watchStops(core);
  await game.begin();
  slow = true;
  if (lateness) core.world.late = () => random() * lateness.most;
  return game;
}

/** Names what waits to be confirmed: a retry takes up the same operation, and is confirmed by itself. */
function tryOf(op: ServiceRecord['op']): string | undefined {
  return op?.unconfirmedAt === undefined ? undefined : `${op.id} since ${op.unconfirmedAt}`;
}

class Game {
  readonly core: Core;
  readonly setup: Setup;
  replicas: Replica[] = [];
  requests: Request[] = [];
  waiters: Waiter[] = [];
  placesKept = true;
  broken: string[] = [];
  told: { at: number; text: string }[] = [];
  shown: { release: string | null; epoch: number; subject?: string }[] = [];
  /** Operations that were stored as unconfirmed, and confirmed by a second save: `tryOf` each time. */
  confirmed = new Set<string>();
  /** How many writes the router had seen when an operation began. */
  began = new Map<string, number>();
  checked = 0;
  writesSeen = 0;

  readonly countdowns: CountdownWatch | undefined;
  readonly autoRevert: AutoRevertSetup | undefined;
  readonly windows: WindowWatch | undefined;
  stops: StopWatch | undefined;

  readonly oneWay: boolean;

  constructor(
    core: Core,
    setup: Setup,
    autoRevert: AutoRevertSetup | undefined,
    windows: WindowSetup | undefined,
    oneWay: boolean,
  ) {
    this.oneWay = oneWay;
    this.core = core;
    this.setup = setup;
    this.autoRevert = autoRevert;
    if (autoRevert) this.countdowns = watchCountdowns(core, autoRevert);
    if (windows) this.windows = watchWindows(core, windows);
    core.watch.saved = (saved) => this.saved(saved);
  }

  async begin(): Promise<void> {
    const { core, setup } = this;
    for (let i = 0; i < setup.replicas; i += 1) this.start();
    await inState(core, 'idle');
    if (setup.before === 'adopted') return;
    await this.stageNow('v2');
    if (setup.before === 'staged') return;
    const jammed = setup.before === 'stuck-promote';
    if (jammed) this.jam();
    await this.promoteNow();
    if (jammed) return this.hang();
    if (setup.before === 'promoting') return;
    await inState(core, 'baking');
    if (setup.before === 'baking') return;
    await inState(core, 'idle', 30_000);
    if (setup.before === 'settled') return;
    if (setup.before === 'drifted') {
      core.world.router['r1'] = 'blue';
      return core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    }
    if (setup.before === 'stuck-revert') {
      this.jam();
      await this.ask({ ...plainly, verb: 'revert' });
      return this.hang();
    }
    await this.stageNow('v3');
  }

  /** From now on the router refuses every write. */
  jam(): void {
    this.core.world.faults = Array.from({ length: 1_000 }, () => 'refused' as const);
  }

  /** Waits until what was begun hangs: somebody else has pointed the router to neither color meanwhile. */
  async hang(): Promise<void> {
    const { core } = this;
    await core.clock.until(() => core.world.writes.some((write) => write.outcome === 'refused'));
    core.world.router['r1'] = 'unknown';
    await inState(core, 'stuck', 200_000);
    core.world.faults = [];
  }

  async stageNow(version: string): Promise<void> {
    await this.ask({ ...plainly, verb: 'stage', version });
    await inState(this.core, 'staged');
  }

  async promoteNow(): Promise<void> {
    await this.ask({ ...plainly, verb: 'promote' });
    if (this.setup.approvals > 0) {
      await this.core.clock.advance(100);
      await this.ask({ ...plainly, verb: 'approve', who: 'bob' });
    }
    await this.core.clock.advance(100);
  }

  start(): void {
    this.replicas.push(this.core.replica());
  }

  note(text: string, at = this.core.clock.mono()): void {
    this.told.push({ at, text });
  }

  saved(saved: Saved): void {
    const { after, change, before, by } = saved;
    const from = before.record?.state ?? 'none';
    const whats = change.history.map((entry) => entry.what).join(', ');
    this.note(
      `    saved by ${by}: ${from} → ${after.state}, live ${after.live}, epoch ${after.epoch}, ${after.op ? `${after.op.kind} at ${after.op.step}${after.op.ending ? ` ending ${after.op.ending.code}` : ''}` : 'no operation'}${after.drift ? `, drift ${after.drift.saw}` : ''} [${whats}]`,
    );
    if (after.op && !this.began.has(after.op.id)) this.began.set(after.op.id, this.core.world.writes.length);
    for (const law of saveLaws(saved)) this.broken.push(law);
    for (const law of this.verified(saved)) this.broken.push(law);
    for (const law of this.countdowns?.saved(saved) ?? []) this.broken.push(law);
    for (const law of this.windows?.saved(saved) ?? []) this.broken.push(law);
    this.stops?.saved(saved);
    const { op } = after;
    const was = before.record?.op ?? null;
    const waited = tryOf(was);
    if (op && waited !== undefined && was?.id === op.id && op.unconfirmedAt === undefined && !op.ending)
      this.confirmed.add(waited);
    // The save that confirms an operation carries the mark of its request once more.
    for (const mark of change.mark?.confirms === true ? [] : (change.mark?.keys ?? []))
      this.requests.find((each) => each.mark === mark)?.saves.push(saved);
    const open =
      after.state === 'stuck' && after.op
        ? { subject: after.op.id }
        : after.request?.status === 'open'
          ? { subject: after.request.id }
          : {};
    const shown = { release: after.releases[0]?.id ?? null, epoch: after.epoch, ...open };
    if (JSON.stringify(this.shown.at(-1)) !== JSON.stringify(shown)) this.shown.push(shown);
  }

  /** The record moves only to where the router was seen, and after doubt only when it was seen twice. */
  *verified({ before: { record }, change, by, at }: Saved): Generator<string> {
    if (!record?.op) return;
    const whats = change.history.map((entry) => entry.what);
    const { op } = record;
    const moves = whats.includes('switch') || whats.includes('reverted') || whats.includes('restored');
    const undone = whats.includes('promote-ended') && op.intentAt !== undefined;
    if (!moves && !undone) return;
    const { world } = this.core;
    // What the same process asks for a command (adopt, retry), or once a minute, decides nothing of the operation.
    const mine = world.asks.filter((ask) => ask.by === by && ask.of === 'work' && ask.at <= at);
    const last = mine.at(-1);
    const goal = undone ? record.live : op.target;
    const writes = world.writes.slice(this.began.get(op.id) ?? 0);
    const leftBehind = (at: number): boolean => {
      const instance = Object.keys(world.router)[at];
      const tries = writes.filter((write) => write.instance === instance && write.by === by).length;
      return whats.includes('reverted') && tries >= 3;
    };
    const there = (headings: readonly string[]): boolean =>
      headings.some((heading) => heading === goal) &&
      headings.every((heading) => heading === goal || (heading === 'unreachable' && op.kind !== 'promote'));
    const reachable = (headings: readonly string[]): boolean =>
      headings.some((heading) => heading === goal) &&
      headings.every((heading, i) => heading === goal || heading === 'unreachable' || leftBehind(i));
    const fits = whats.includes('switch') ? there : reachable;
    if (!last || !fits(last.headings)) {
      yield `${whats.join(', ')}: recorded ${goal}, but the router was last heard to say ${last?.headings.join(', ') ?? 'nothing'}`;
      return;
    }
    // A second look at the router by another process had its answer, and gave its lease back.
    const looked = (write: Write): boolean => write.holder === `${write.by}:look`;
    const taken = writes.some((write) => write.by !== by && !looked(write)) || op.driver !== by;
    const doubt = writes.some((write) => write.outcome === 'unclear') || taken;
    if (!doubt) return;
    const lastWrite = writes.at(-1)?.at ?? 0;
    const twice = mine.some((ask) => ask.at >= lastWrite && last.at - ask.at >= 999 && fits(ask.headings));
    if (!twice) yield `${whats.join(', ')}: recorded after doubt on one answer of the router`;
  }

  alive(at: number): Replica | undefined {
    return this.replicas[at % Math.max(1, this.replicas.length)];
  }

  /** Stands in line, sends the command at its turn as often as somebody was sooner, and leaves the line. */
  stand(action: Action & { do: 'stand' }): void {
    const replica = this.alive(action.at);
    if (!replica) return;
    const { verb, who, version, put, forMs } = action;
    const name = `waiter-${this.waiters.length} (${verb} by ${who})`;
    const waiter: Waiter = { name, action, replica, came: this.core.clock.mono() };
    this.waiters.push(waiter);
    const own = verb === 'stage' ? { verb, version } : { verb };
    const command = { service: 'checkout', actor: actorOf(who), marks: [], ...own };
    const wait = openWait(replica.parts, command, {
      forMs,
      stopping: new AbortController().signal,
      says: (how) => {
        if (how) waiter.stood ??= this.core.clock.mono();
      },
    });
    const waits = async (): Promise<string> => {
      for (;;) {
        const turn = await wait.turn();
        if (turn.kind !== 'turn') return turn.kind;
        this.hasTurn(waiter);
        const { record } = await this.core.loaded();
        if (!record) return 'no record';
        if (verb === 'stage' && put && !underWay(record))
          this.core.world.colors[otherColor(record.live)].version = version;
        const answer = await this.send(replica, { ...own, actor: command.actor }, record);
        if (answer.ok || !passes(answer.refusal)) return 'sent';
      }
    };
    void waits()
      .catch((cause: unknown) => {
        if (!(cause instanceof Fault)) throw cause;
        return 'storage away';
      })
      .then(async (end) => {
        this.note(`    ${name}: ${end}`);
        await wait.leave();
        waiter.end = end;
      })
      .catch((cause: unknown) => void this.broken.push(`${name}: ${String(cause)}`));
  }

  /** First come, first served; a newer stage has the place of the same person's older one. */
  hasTurn(waiter: Waiter): void {
    this.note(`    ${waiter.name} has its turn`);
    const { verb, who } = waiter.action;
    const inherits = this.waiters.some(
      (each) => each !== waiter && verb === 'stage' && each.action.verb === verb && each.action.who === who,
    );
    if (!this.placesKept || inherits) return;
    for (const each of this.waiters)
      if (each.end === undefined && each.stood !== undefined && each.stood < waiter.came)
        this.broken.push(`${waiter.name} had its turn before ${each.name}, which came first`);
  }

  async ask(asking: Asking): Promise<void> {
    const replica = this.alive(asking.at);
    if (!replica) return;
    const { record } = await this.core.loaded();
    if (!record) return;
    const fits = fitting(record);
    const verb = typeof asking.verb === 'number' ? (fits[asking.verb % fits.length] ?? 'stage') : asking.verb;
    if (verb === 'stage' && asking.put && !underWay(record))
      this.core.world.colors[otherColor(record.live)].version = asking.version;
    // The button of a hold opens a form.
    const counts = verb === 'hold' || verb === 'resume';
    const shown = counts ? (this.countdowns?.shown ?? []) : hasButton(verb) ? this.shown : [];
    const press = asking.press === undefined ? undefined : shown.at(-1 - asking.press);
    const base = { actor: actorOf(asking.who), ...(press && { press: { ...press, button: 'release.any' } }) };
    void this.send(replica, commandOf({ ...asking, verb }, base, this.oneWay), record);
  }

  /** Sends a command with a mark of its own, and keeps what becomes of it. */
  send(replica: Replica, asked: Asked & Omit<Bare, 'marks'>, record: ServiceRecord): Promise<Answer> {
    const mark = `mark-${this.requests.length}`;
    const command = { ...asked, marks: [mark] };
    const request: Request = { command, mark, began: this.core.clock.mono(), record, repeats: [], saves: [] };
    this.requests.push(request);
    const answer = replica.submit(command);
    const { verb, actor, press } = command;
    void answer.then((said) => {
      request.answer = said;
      this.note(`    ${mark} ${verb} by ${actorId(actor)}${press ? ' (pressed)' : ''}: ${wordsOf(said)}`);
    });
    return answer;
  }

  async again(back: number, at: number): Promise<void> {
    const request = this.requests.at(-1 - back);
    const replica = this.alive(at);
    if (!request || !replica) return;
    void replica.submit(request.command).then((said) => {
      request.repeats.push(said);
      this.note(`    ${request.mark} again: ${wordsOf(said)}`);
    });
  }

  async act(action: Action): Promise<void> {
    const { core } = this;
    const { world, clock } = core;
    this.note(`* ${JSON.stringify(action)}`);
    if (losesPlaces.includes(action.do)) this.placesKept = false;
    const { record } = await core.loaded();
    if (!record) throw new Error('no record');
    const colorOf = (which: 'live' | 'idle') => (which === 'live' ? record.live : otherColor(record.live));
    const instances = Object.keys(world.router);
    const instance = (at: number): string => instances[at % instances.length] ?? 'r1';
    switch (action.do) {
      case 'ask':
        await this.ask(action);
        break;
      case 'both':
        await this.ask(action.one);
        await this.ask(action.other);
        break;
      case 'stand':
        this.stand(action);
        break;
      case 'again':
        await this.again(action.back, action.at);
        break;
      case 'wait':
        await clock.advance(action.ms);
        break;
      case 'suspend':
        await clock.jump(action.ms);
        break;
      case 'pause': {
        const replica = this.alive(action.at);
        replica?.pause();
        void clock.sleep(action.ms).then(() => replica?.resume());
        break;
      }
      case 'kill':
        this.alive(action.at)?.kill();
        this.replicas = this.replicas.filter((each) => each !== this.alive(action.at));
        break;
      case 'start':
        if (this.replicas.length < 2) this.start();
        break;
      case 'write-faults':
        for (let i = 0; i < action.times; i += 1) world.faults.push(action.fault);
        break;
      case 'silence':
        world.silent.add(instance(action.instance));
        break;
      case 'voice':
        world.silent.delete(instance(action.instance));
        break;
      case 'stray':
        world.router[instance(action.instance)] = action.to;
        break;
      case 'sicken':
        world.colors[colorOf(action.color)].up = false;
        break;
      case 'heal':
        world.colors.blue.up = true;
        world.colors.green.up = true;
        world.faults = [];
        break;
      case 'other-version':
        world.colors[colorOf(action.color)].version = 'v9';
        break;
      case 'storage-away':
        world.storage.away = true;
        break;
      case 'storage-back':
        world.storage.away = false;
        break;
      case 'storage-faults':
        world.storage.faults.push(...action.faults);
        break;
      case 'storage-replicas':
        world.storage.replicas = action.replicas;
        break;
      case 'hook':
        for (const hook of world.hooks) hook.ok = action.ok;
        this.stops?.answers(action.ok);
        break;
      case 'settings':
        core.settings({ promotion: promotionOf(action.approvals, this.autoRevert) });
        break;
      case 'reload':
        this.windows?.reload();
        break;
      case 'limit':
        this.countdowns?.limit(action.state);
        break;
      case 'alert':
        await this.countdowns?.alert(action);
        break;
      case 'data':
        if (world.data) setData(world.data, action.how);
        break;
      default:
        action satisfies never;
    }
    await clock.advance(0);
  }

  /** Whatever was done, in a world that is well again everything comes to an end that the record tells. */
  async rest(): Promise<void> {
    const { core } = this;
    const { world, clock } = core;
    this.note('* the world is well');
    world.faults = [];
    world.storage = { away: false, faults: [] };
    world.silent.clear();
    world.colors.blue.up = true;
    world.colors.green.up = true;
    for (const hook of world.hooks) hook.ok = true;
    if (world.data) setData(world.data, 'well');
    const { record: found } = await core.loaded();
    for (const color of ['blue', 'green'] as const)
      world.colors[color].version = found?.colors[color].version ?? world.colors[color].version;
    for (const replica of this.replicas) replica.resume();
    if (this.replicas.length === 0) this.start();
    const slow = world.late !== undefined;
    world.late = undefined;
    await clock.advance(80_000);
    for (const law of (await this.countdowns?.rest()) ?? []) this.broken.push(law);
    for (let waits = 0; waits < 4; waits += 1) {
      const { record } = await core.loaded();
      if (record && !underWay(record)) break;
      await clock.advance(60_000);
    }
    // Until no write of a slow router may come any more, and every router was asked once after that.
    if (slow) await clock.advance(110_000);
    for (const law of (await this.windows?.rest()) ?? []) this.broken.push(law);
    for (const law of (await this.stops?.rest()) ?? []) this.broken.push(law);
    const { record, pendingRevert, queue } = await core.loaded();
    if (!record) throw new Error('the record is gone');
    for (const { name, end, replica } of this.waiters)
      if (end === undefined && this.replicas.includes(replica))
        this.broken.push(`at rest, but ${name} waits`);
    if (queue.length > 0) this.broken.push(`at rest, but ${queue.length} stand in line`);
    for (const law of shapeLaws(record)) this.broken.push(law);
    if (underWay(record)) this.broken.push(`at rest, but ${record.state} at ${record.op?.step ?? '?'}`);
    if (pendingRevert) this.broken.push('at rest, but a revert waits');
    // Where somebody moved the others by hand nothing follows the record, until that drift is put back or adopted.
    if (record.follow && !record.drift)
      this.broken.push(`at rest, but ${record.follow.instances.join(', ')} still to follow`);
    if (record.reask) this.broken.push('at rest, but the router is still to be asked again');
    if (record.afterRevert) this.broken.push('at rest, but hooks are still to be called');
    const headings = Object.values(world.router);
    const agree = headings.every((heading) => heading === record.live);
    if (!agree && !record.drift && record.state !== 'stuck')
      this.broken.push(`at rest, the router says ${headings.join(', ')}, the record ${record.live}`);
    for (const law of dataLaws(world.data, record)) this.broken.push(law);
    if (agree && record.drift) this.broken.push('at rest, drift although router and record agree');
    await this.judge();
  }

  /** Every request had its effect, or none. */
  async judge(): Promise<void> {
    const history = (await this.core.history()).toReversed();
    const said = (await this.core.notices()).filter((notice) => notice.kind === 'private');
    for (const { command, mark, answer, began: askedAt, repeats, saves } of this.requests) {
      const name = `${mark} ${command.verb}`;
      const [first] = saves;
      // Marks are kept for ten minutes.
      if (first && saves.some((save) => save !== first && save.at - first.at < 600_000))
        this.broken.push(`${name} was saved ${saves.length} times`);
      let known = answer;
      for (const repeat of repeats) {
        // Its mark was forgotten, or nothing was stored: that was a new request.
        if (!repeat.repeated) known = known && repeat;
        else if (known && !isFault(known) && known.ok !== repeat.ok)
          this.broken.push(`${name}: its repeat was answered otherwise`);
      }
      if (!answer) continue;
      const unclear = !answer.ok && answer.toldLater === true;
      const began = first?.before.record?.op?.unconfirmedAt === undefined ? first?.after.op : undefined;
      const waits = tryOf(began ?? null);
      if (answer.ok && waits !== undefined && !this.confirmed.has(waits))
        this.broken.push(`${name} was accepted, but not confirmed`);
      // What comes again after its mark was forgotten is another request.
      const inTime = saves.some(({ at }) => at - askedAt < 600_000);
      const stored = waits === undefined ? inTime : this.confirmed.has(waits);
      // An approval of what has changed is refused, and saves that the earlier ones fell away.
      const voids = !answer.ok && answer.refusal.code === 'release-changed';
      if (!answer.ok && stored && !unclear && !voids && repeats.length === 0)
        this.broken.push(`${name} was refused (${answer.refusal.code}), but saved`);
      const fresh = command.press === undefined && !answer.ok && answer.refusal.code === 'stale-button';
      const unforced = !answer.ok && answer.refusal.code === 'no-way-back' && !('force' in command);
      if (
        command.verb === 'revert' &&
        !answer.ok &&
        (fresh || !(revertStops.has(answer.refusal.code) || unforced))
      )
        this.broken.push(`${name} was refused with ${answer.refusal.code}`);
      if (unclear) {
        const its = new RegExp(`\\b${command.verb} of`, 'i');
        const user = command.actor.kind === 'slack' ? command.actor.user : '';
        const later = said.filter((each) => each.to === user && its.test(plain(each.text)));
        // Which of two like requests is meant, no message says.
        const alike = this.requests.filter(
          (each) => each.command.verb === command.verb && actorId(each.command.actor) === user,
        );
        if (stored && alike.length === 1 && later.some((each) => plain(each.text).includes('was not stored')))
          this.broken.push(`${name}: its sender was told that it was not stored, but it was saved`);
        if (later.length === 0 && this.replicas.length > 0 && !this.killed())
          this.broken.push(`${name}: its sender was never told what became of it`);
      }
    }
    for (const law of this.written(history)) this.broken.push(law);
    for (const law of ends(
      history.map(
        (entry) =>
          entry.what +
          (entry.what === 'revert' && plain(entry.text).startsWith('asked for') ? '-pending' : ''),
      ),
    ))
      this.broken.push(law);
  }

  /** Each accepted command, and each refusal, stands in the history with its actor. */
  *written(history: readonly HistoryEntry[]): Generator<string> {
    const wanted = new Map<string, number>();
    for (const { command, answer, repeats } of this.requests) {
      // A repeat that overtakes its first is the one that is written down.
      if (!answer || answer.repeated || repeats.length > 0 || isFault(answer)) continue;
      const key = `${command.verb} ${actorId(command.actor)} ${answer.ok ? '' : answer.refusal.code}`;
      wanted.set(key, (wanted.get(key) ?? 0) + 1);
    }
    for (const [key, count] of wanted) {
      const [verb = '', actor, code] = key.split(' ');
      const found = history.filter((entry) => {
        if (actorId(entry.actor) !== actor) return false;
        if (code)
          return entry.what === 'refused' && entry.code === code && plain(entry.text).startsWith(verb);
        return effects[verb as Verb].includes(entry.what);
      });
      if (found.reduce((sum, entry) => sum + (entry.times ?? 1), 0) < count)
        yield `${key}: answered ${count} times, but not so often in the history`;
    }
  }

  /** Somebody forced a revert: traffic goes back whatever the databases say. */
  forced(): boolean {
    return this.requests.some(({ command }) => command.verb === 'revert' && command.force !== undefined);
  }

  killed(): boolean {
    return this.told.some((each) => each.text.includes('"do":"kill"'));
  }

  check(): void {
    const { world } = this.core;
    for (const [i, write] of [...world.writes.entries()].slice(this.writesSeen)) {
      this.note(
        `    ${write.by} wrote ${write.color} to ${write.instance}, which said ${write.was}: ${write.outcome}`,
        write.at,
      );
      if (write.holder !== write.by && write.holder !== `${write.by}:look`)
        this.broken.push(`${write.by} wrote to the router under the lease of ${write.holder ?? 'nobody'}`);
      if (write.writable === false && !this.forced())
        this.broken.push(`${write.by} pointed ${write.instance} to ${write.color}, which takes no writes`);
      // A write of the other color, by whoever began the operation or as the record has it, may still be on its way.
      const owed =
        write.otherMayComeMs > 0 ||
        world.writes
          .slice(Math.min(i, ...[...this.began.values()].filter((at) => at <= i).slice(-2)), i)
          .some((each) => each.instance === write.instance && each.color !== write.color);
      if (this.setup.latency === 0 && write.was === write.color && !owed)
        this.broken.push(`${write.by} wrote ${write.color} to ${write.instance}, which said so already`);
    }
    this.writesSeen = world.writes.length;
    for (const request of this.requests.slice(this.checked)) {
      const { command, answer, record, saves } = request;
      const [save] = saves;
      if (save && command.press) {
        const before = save.before.record;
        const fits = command.press.epoch === before?.epoch;
        const same = command.press.release === (before?.releases[0]?.id ?? null);
        // A Revert shown while its release was promoting fits until that release is no longer live.
        const newest = before?.releases[0];
        const recorded = command.press.epoch + 1 === before?.epoch && newest?.color === before.live;
        if (command.verb === 'revert' && same && recorded) continue;
        const free = hasButton(command.verb) && outlivesRelease[command.verb];
        const counts = command.verb === 'hold' || command.verb === 'resume';
        if (counts && command.press.subject !== before?.autoRevert?.countdown?.id)
          this.broken.push(
            `${request.mark}: a press of ${command.verb} for another countdown was carried out`,
          );
        if (!fits || (!same && !free && command.press.release !== null))
          this.broken.push(`${request.mark}: a stale press of ${command.verb} was carried out`);
        if (command.verb === 'unlock' && before?.lock?.holder.kind !== 'system')
          this.broken.push(`${request.mark}: a press of Unlock took a lock of a person away`);
      }
      if (
        command.verb === 'revert' &&
        answer &&
        !answer.ok &&
        answer.refusal.code === 'nothing-to-revert-to'
      ) {
        const way = record.colors[otherColor(record.live)].role === 'previous';
        if (way && this.setup.latency === 0 && this.requests.length === 1)
          this.broken.push(`${request.mark}: nothing to revert to, but there is a way back`);
      }
    }
    if (this.broken.length > 0) throw new Error(`Broken: ${[...new Set(this.broken)].join('; ')}`);
  }

  async story(): Promise<string> {
    const history = (await this.core.history()).toReversed();
    return [
      JSON.stringify(this.setup),
      ...(this.autoRevert ? [JSON.stringify(this.autoRevert)] : []),
      ...this.told
        .toSorted((a, b) => a.at - b.at)
        .filter(({ text }, at, all) => text !== all[at - 1]?.text)
        .map(({ at, text }) => `${(at / 1_000).toFixed(2)} s  ${text}`),
      '',
      ...history.map((entry) => `${entry.what} ${entry.code ?? ''}: ${plain(entry.text)}`),
    ].join('\n');
  }
}

function setData(data: DataWorld, how: 'well' | 'apart' | 'stands'): void {
  data.stands = how === 'stands';
  if (how === 'apart') data.apart = 'green has another column';
  else delete data.apart;
}

/** What no databases may ever look like, and what they look like at rest. */
function* dataLaws(
  data: DataWorld | undefined,
  { live, state, drift, turn }: ServiceRecord,
): Generator<string> {
  if (!data) return;
  if (data.both.length > 0) yield `both sides were writable after ${data.both.join(', ')}`;
  if (state === 'stuck' || drift) return;
  const { writable, follows } = data;
  const other = otherColor(live);
  if (!writable[live] || writable[other] || follows !== other)
    yield `at rest on ${live}, but ${JSON.stringify({ writable, follows })}`;
  if (turn) yield 'at rest, but a turn is owed';
}

/** Whatever began has an end in the history (oldest first). */
function* ends(whats: readonly string[]): Generator<string> {
  const endings: Record<string, readonly string[]> = {
    stage: ['staged', 'stage-ended', 'dropped', 'adopt'],
    promote: ['switch', 'promote-ended', 'stuck', 'revert', 'adopt'],
    revert: ['reverted', 'refused', 'stuck', 'revert', 'adopt'],
    'revert-pending': ['revert', 'reverted', 'refused', 'stuck', 'adopt'],
    switch: ['settled', 'revert', 'adopt'],
    countdown: ['countdown', 'called-off', 'revert', 'adopt'],
  };
  for (const [at, what] of whats.entries()) {
    const wanted = endings[what];
    if (wanted && !whats.slice(at + 1).some((later) => wanted.includes(later)))
      yield `${what} has no end in the history`;
  }
}

function isFault(answer: Answer): boolean {
  return !answer.ok && answer.refusal.code === 'storage-unavailable';
}

function wordsOf(answer: Answer): string {
  const again = answer.repeated ? ' (repeat)' : '';
  return answer.ok
    ? `${plain(answer.text)}${again}`
    : `${answer.refusal.code}: ${plain(answer.refusal.why)}${again}`;
}

type Bare = Pick<Command, 'actor' | 'marks' | 'press'>;

function actorOf(who: Person) {
  return { kind: 'slack' as const, user: `U${who.toUpperCase()}`, team: 'T1', channel: 'C1' };
}

function commandOf(
  { verb, force, version, forMs }: Asking & { verb: Verb },
  base: Omit<Bare, 'marks'>,
  oneWay: boolean,
): Asked & Omit<Bare, 'marks'> {
  const noWayBack = oneWay && version !== 'v1' ? { noWayBack: 'it drops a column' } : {};
  if (verb === 'stage') return { ...base, verb, version, ...noWayBack };
  if (verb === 'lock') return { ...base, verb, reason: 'look', forMs };
  if (force === true && (verb === 'revert' || verb === 'settle')) return { ...base, verb, force: 'now' };
  return { ...base, verb };
}
