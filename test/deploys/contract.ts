import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Deploy, DeployJob, Stopped } from '../../src/release/ports.ts';
import { hostileAnswers } from '../support/hostile-answers.ts';
import type { HostileAnswer } from '../support/hostile-answers.ts';

/** A deploy under test with what carries it out. */
export interface RunWorld {
  /** The adapter as one more process makes it: it remembers nothing of the others. */
  make(): Deploy;
  /** Deploys that were begun, oldest first. */
  begun(): Pick<DeployJob, 'service' | 'color' | 'version' | 'release'>[];
  /**
   * What a start whose answer is lost comes to. `looked-for`: the next start of the same process finds it. `in-doubt`: the
   * system takes the release as a key, and only a process that takes over asks it again. `never`: nothing can be lost
   * between the process and what it starts.
   */
  readonly lost: 'looked-for' | 'in-doubt' | 'never';
  /** The next start is carried out and its answer lost. */
  loseAnswer(): void;
  /** How the newest deploy ends, by itself or by somebody's hand. */
  end(how: 'succeeded' | 'failed' | 'cancelled'): void;
  /** Nothing was begun, and everything is as it should be. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/** A deploy under test with the system elsewhere that carries it out. */
export interface DeployWorld extends RunWorld {
  /** No call is allowed from now on, until `restore`. */
  expire(): void;
  /** Everything is answered so, until `restore`. */
  hostile(how: HostileAnswer): void;
  /** Refuses connections, until `restore`. */
  cut(): Promise<void>;
  /** Calls that came to a place where no redirect should lead. */
  astray(): number;
}

/** The token that the adapter under test has: no sentence of it may hold this. */
export const secretToken = 'T0PSECRET-token-17';

let count = 0;
function newJob(): DeployJob {
  count += 1;
  const release = `5c0ffee0-0000-4000-8000-${String(count).padStart(12, '0')}`;
  return { service: 'checkout', color: 'green', version: `v${count}`, release };
}

/** What a system that can end its deploys has besides. */
export interface StopWorld {
  /** Deploys that are ended go on all the same, until `restore`. */
  stubborn(): void;
}

/** What every deploy adapter does that can end a deploy in another system. */
export function stopContract(name: string, open: () => Promise<DeployWorld & StopWorld>): void {
  describe(`the end of a deploy by ${name}`, () => {
    const never = new AbortController().signal;
    let world: DeployWorld & StopWorld;
    beforeAll(async () => {
      world = await open();
    });
    beforeEach(() => world.restore());
    afterAll(() => world.stop());

    const stop = async (job: DeployJob, id: string | undefined, ms = 8_000): Promise<Stopped | undefined> => {
      const stopped = await world.make().stop?.(job, id, AbortSignal.timeout(ms));
      expect(JSON.stringify(stopped)).not.toContain(secretToken);
      expect(stopped?.words.length).toBeLessThan(400);
      return stopped;
    };
    async function running(): Promise<{ job: DeployJob; id: string }> {
      const job = newJob();
      const answer = await world.make().start(job, never);
      if (!answer.ok) throw new Error(answer.reason);
      return { job, id: answer.id };
    }
    const stateOf = async (id: string): Promise<string> => (await world.make().follow(id, never)).state;

    test('comes when it is asked for, in any process', async () => {
      const other = await running();
      const { job, id } = await running();
      const stopped = await stop(job, id);
      expect(stopped).toMatchObject({ ended: true, words: expect.stringMatching(/cancel|abort/) as string });
      expect(await stateOf(id)).toBe('failed');
      expect(await stateOf(other.id)).toBe('running');
    });

    test('comes when the answer to its start was lost', async () => {
      const job = newJob();
      world.loseAnswer();
      expect(await world.make().start(job, never)).toMatchObject({ ok: false });
      expect(await stop(job, undefined)).toMatchObject({ ended: true });
      expect(world.begun()).toHaveLength(1);
    });

    test('is not claimed where none of the release is found', async () => {
      const other = await running();
      expect(await stop(newJob(), undefined, 200)).toMatchObject({
        ended: false,
        words: expect.stringContaining('of this release') as string,
      });
      expect(await stateOf(other.id)).toBe('running');
    });

    test.each(['succeeded', 'failed'] as const)('is known where it has %s', async (how) => {
      const { job, id } = await running();
      world.end(how);
      expect(await stop(job, id)).toMatchObject({ ended: true });
      expect(await stateOf(id)).toBe(how);
    });

    test('is not claimed while the deploy goes on after the cancel', async () => {
      const { job, id } = await running();
      world.stubborn();
      expect(await stop(job, id, 400)).toMatchObject({
        ended: false,
        words: expect.stringContaining('has not ended yet') as string,
      });
      expect(await stateOf(id)).toBe('running');
    });

    test('is not claimed with a token that has expired, nor while nobody answers', async () => {
      const { job, id } = await running();
      world.expire();
      expect(await stop(job, id)).toMatchObject({
        ended: false,
        words: expect.stringContaining('401') as string,
      });
      await world.cut();
      for (const known of [id, undefined])
        expect(await stop(job, known)).toMatchObject({
          ended: false,
          words: expect.stringContaining('connection refused') as string,
        });
    });

    test.each(hostileAnswers)('is not believed of an answer that is: %s', async (how) => {
      const { job, id } = await running();
      world.hostile(how);
      // Where an answer says nothing of the job, it is asked again until this is over.
      expect(await stop(job, id, how === 'silent' ? 200 : 2_000)).toMatchObject({ ended: false });
      expect(world.astray()).toBe(0);
    });
  });
}

/** What the check of a setup does for every deploy in another system that asks that system. */
export function doubtContract(name: string, open: () => Promise<DeployWorld>): void {
  describe(`the check of a deploy by ${name}`, () => {
    let world: DeployWorld;
    beforeAll(async () => {
      world = await open();
    });
    beforeEach(() => world.restore());
    afterAll(() => world.stop());

    async function found(ms = 8_000): Promise<{ what: string; fix: string }[]> {
      const doubts = await world.make().doubts?.(AbortSignal.timeout(ms));
      if (doubts === undefined) throw new Error(`a deploy by ${name} checks nothing`);
      expect(JSON.stringify(doubts)).not.toContain(secretToken);
      for (const { what, fix } of doubts) {
        expect(what).toMatch(/^[^\n]{1,400}$/);
        expect(fix).toMatch(/^[^\n.]{1,200}/);
      }
      expect(world.begun()).toEqual([]);
      expect(world.astray()).toBe(0);
      return doubts;
    }

    test('finds nothing where all is well, says what is well, and starts nothing', async () => {
      expect(await found()).toEqual([]);
      expect(world.make().examined).toMatch(/\w/);
      expect(world.make().examined).not.toContain(secretToken);
    });

    test('finds a token that is not valid, once', async () => {
      world.expire();
      expect(await found()).toEqual([
        {
          what: expect.stringContaining('401') as string,
          fix: 'put a valid token for deploy into the environment',
        },
      ]);
    });

    test('finds a system that does not answer, once', async () => {
      await world.cut();
      expect(await found()).toEqual([
        {
          what: expect.stringContaining('connection refused') as string,
          fix: expect.stringContaining('let this machine reach its API') as string,
        },
      ]);
    });

    test.each(hostileAnswers)('does not believe an answer that is: %s', async (how) => {
      world.hostile(how);
      expect(await found(how === 'silent' ? 200 : 8_000)).toHaveLength(1);
    });
  });
}

async function started(deploy: Deploy, job: DeployJob): Promise<string> {
  const answer = await deploy.start(job, new AbortController().signal);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.id;
}

/** What every deploy adapter does. */
export function runContract(name: string, open: () => Promise<RunWorld>): void {
  describe(`a deploy by ${name}`, () => {
    const never = new AbortController().signal;
    let world: RunWorld;
    beforeAll(async () => {
      world = await open();
    });
    beforeEach(() => world.restore());
    afterAll(() => world.stop());

    async function stateOf(deploy: Deploy, id: string): Promise<string> {
      const stand = await deploy.follow(id, never);
      expect(JSON.stringify(stand)).not.toContain(secretToken);
      return stand.state;
    }

    test('is started once with all that it must know, and followed until it has succeeded', async () => {
      const deploy = world.make();
      const job = newJob();
      const id = await started(deploy, job);
      expect(id).toMatch(/^[\x21-\x7e]{1,200}$/);
      expect(id).not.toContain(secretToken);
      expect(world.begun()).toEqual([job]);
      expect(await stateOf(deploy, id)).toBe('running');
      world.end('succeeded');
      expect(await stateOf(deploy, id)).toBe('succeeded');
      expect(world.begun()).toHaveLength(1);
    });

    test.each(['failed', 'cancelled'] as const)('that has %s is said to have failed', async (how) => {
      const deploy = world.make();
      const id = await started(deploy, newJob());
      world.end(how);
      expect(await stateOf(deploy, id)).toBe('failed');
    });

    test('that never ends is running, for every process that asks', async () => {
      const id = await started(world.make(), newJob());
      for (let asked = 0; asked < 3; asked += 1) expect(await stateOf(world.make(), id)).toBe('running');
    });

    test('is one deploy when the answer to its start is lost', async () => {
      const deploy = world.make();
      const job = newJob();
      world.loseAnswer();
      const lost = await deploy.start(job, never);
      const comesTo = {
        'looked-for': { ok: false, retryable: true },
        'in-doubt': { ok: false, retryable: false, mayRun: true },
        never: { ok: true },
      };
      expect(lost).toMatchObject(comesTo[world.lost]);
      const id = await started(world.lost === 'looked-for' ? deploy : world.make(), { ...job, again: true });
      expect(world.begun()).toHaveLength(1);
      world.end('succeeded');
      expect(await stateOf(deploy, id)).toBe('succeeded');
    });

    test('is found again by a process that takes over from one that was killed', async () => {
      const job = newJob();
      const id = await started(world.make(), job);
      const taker = world.make();
      expect(await started(taker, { ...job, again: true })).toBe(id);
      expect(world.begun()).toHaveLength(1);
      expect(await stateOf(taker, id)).toBe('running');
    });

    test('is started by a process that takes over before anything was sent', async () => {
      await started(world.make(), newJob());
      const job = newJob();
      await started(world.make(), { ...job, again: true });
      expect(
        world
          .begun()
          .map(({ release }) => release)
          .at(-1),
      ).toBe(job.release);
      expect(world.begun()).toHaveLength(2);
    });
  });
}

/** What every deploy adapter does that asks another system. */
export function deployContract(name: string, open: () => Promise<DeployWorld>): void {
  runContract(name, open);
  describe(`a deploy in another system, by ${name}`, () => {
    const never = new AbortController().signal;
    let world: DeployWorld;
    beforeAll(async () => {
      world = await open();
    });
    beforeEach(() => world.restore());
    afterAll(() => world.stop());

    test('whose token expires in the middle runs on, says so, and is followed again with a good one', async () => {
      const deploy = world.make();
      const id = await started(deploy, newJob());
      world.expire();
      const stand = await deploy.follow(id, never);
      expect(stand).toMatchObject({ state: 'running', message: expect.stringContaining('401') as string });
      const refused = await deploy.start(newJob(), never);
      expect(refused).toMatchObject({ ok: false, retryable: false });
      expect(JSON.stringify([stand, refused])).not.toContain(secretToken);
      expect(world.begun()).toHaveLength(1);
    });

    test('is not started while nobody answers, and may be tried again', async () => {
      const deploy = world.make();
      const id = await started(deploy, newJob());
      await world.cut();
      for (const again of [false, true]) {
        const answer = await deploy.start({ ...newJob(), again }, never);
        expect(answer).toMatchObject({ ok: false, retryable: true });
      }
      expect(await deploy.follow(id, never)).toMatchObject({
        state: 'running',
        message: expect.stringContaining('connection refused') as string,
      });
    });

    test.each(hostileAnswers)('does not believe an answer that is: %s', async (how) => {
      const deploy = world.make();
      const id = await started(deploy, newJob());
      world.hostile(how);
      const soon = AbortSignal.timeout(how === 'silent' ? 200 : 8_000);
      for (const again of [false, true]) {
        const answer = await deploy.start({ ...newJob(), again }, soon);
        expect(answer.ok).toBe(false);
      }
      const stand = await deploy.follow(id, soon);
      expect(stand.state).toBe('running');
      expect(stand.message?.length ?? 0).toBeLessThan(400);
      expect(world.astray()).toBe(0);
    });

    test('stops asking when the bot stops', async () => {
      const deploy = world.make();
      const id = await started(deploy, newJob());
      world.hostile('silent');
      const stop = AbortSignal.timeout(50);
      const both = Promise.all([deploy.start({ ...newJob(), again: true }, stop), deploy.follow(id, stop)]);
      expect(await both).toMatchObject([{ ok: false }, { state: 'running' }]);
    });
  });
}
