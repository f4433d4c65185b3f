import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built } from '../support/built.ts';
import { freePort } from '../support/ports.ts';
import { startRedis } from '../support/redis.ts';
import type { Playground } from '../../packages/playground/src/playground.ts';
import { carryOut } from '../../packages/playground/src/prompts.ts';
import { follow } from '../../packages/playground/src/transcript.ts';
import { openWorkspace, signedHeaders } from '../../packages/slack-double/src/index.ts';
import { until } from '../support/until.ts';

/** One run of the command. */
interface Run {
  /** All that it wrote so far. */
  readonly output: string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** What was written between two lines of the script. */
  between(first: string, second: string): string;
  interrupt(): void;
}

let program: string;
const children = new Set<ChildProcessWithoutNullStreams>();

/** Runs the real command as a person's shell would; `lines` come by a pipe. */
function play(
  lines: readonly string[],
  { env = {}, more = false, args = [] }: { env?: object; more?: boolean; args?: string[] } = {},
): Run {
  const { REDIS_URL: _redis, LOG_LEVEL: _level, PORT_PAGE: _port, ...rest } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...rest, ...env },
  });
  children.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  void ended.then(() => children.delete(child));
  child.stdin.write(lines.map((line) => `${line}\n`).join(''));
  if (!more) child.stdin.end();
  return {
    get output() {
      return output;
    },
    ended,
    between(first, second) {
      const from = output.indexOf(`> ${first}`);
      const to = output.indexOf(`> ${second}`, from);
      return output.slice(from, to < 0 ? undefined : to);
    },
    interrupt: () => void child.kill('SIGINT'),
  };
}

const stage = ['/release stage demo v2', 'wait is staged on green'];
const promote = [
  ...stage,
  'press Promote yes',
  'wait asks to promote',
  'as bob',
  'press Approve yes',
  'wait v2 is live',
];

beforeAll(async () => {
  ({ play: program } = await built());
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

describe('npm run play', () => {
  it('takes a release from stage to promote by two people, and back when it breaks', async () => {
    const run = play([
      ...promote,
      '@switchback status demo',
      'wait state: baking',
      'break green fail',
      'wait is unhealthy',
      'press Revert yes',
      'wait no release of demo until',
      'as ann',
      '/release history demo',
      'wait · reverted ·',
      '/release why demo',
      'wait locked',
    ]);
    expect([await run.ended, run.output]).toEqual([0, expect.stringContaining('demo runs v1 on blue')]);

    expect(run.between('/release stage', 'press Promote')).toMatch(/🚦 demo `v2` is ready on 🟢 green\n/);
    expect(run.between('press Promote', 'as bob')).toContain('100 % of traffic moves blue → green');
    expect(run.between('press Promote', 'as bob')).toContain('@ann asks to promote demo #1 v2 to green');
    expect(run.between('press Approve', 'break')).toMatch(/traffic is answered by green v2[\s\S]+baking/);
    expect(run.between('press Revert', 'as ann')).toMatch(
      /traffic is answered by blue v1[\s\S]+demo\*? is back on 🔵 blue/,
    );
    const history = run.between('/release history demo', '/release why');
    for (const line of ['@bob · approve', '@ann · switch', '@bob · reverted'])
      expect(history).toContain(line);
  });

  it('has monitoring fire an alert, which somebody takes, silences and reverts', async () => {
    const run = play([
      ...promote,
      'break green fail',
      'wait HighErrorRate · critical',
      'press Acknowledge',
      'wait Acknowledged by @bob',
      'press silence 30 min',
      'wait Silenced by @bob',
      'press Revert yes',
      'wait HighErrorRate resolved',
      'press Silence… 2 d',
    ]);
    const other = play([...promote, 'break green die', 'wait HighErrorRate · critical', 'press Silence…']);
    expect([await run.ended, run.output]).toEqual([
      1,
      expect.stringContaining('sees no button "Silence… 2 d"'),
    ]);
    expect(run.between('break green', 'press Acknowledge')).toMatch(
      /on green v2[\s\S]+Fired \d+ s after release #1 went live[\s\S]+\[Revert to blue v1\] \[Acknowledge\] \[Silence… ▾\][\s\S]+· monitoring/,
    );
    expect(run.between('press Revert', 'press Silence…')).toContain('traffic is answered by blue v1');
    expect(await other.ended).toBe(1);
    expect(other.output).toMatch(
      /there is: .*Silence… 30 min, Silence… 1 h, Silence… 4 h, Silence… Until this/,
    );
  });

  it('says that a revert will not help while both fail, and that it will when only the live color does', async () => {
    const run = play([
      ...promote,
      // Before a color answered well, nothing is said of both.
      '/release compare demo',
      'wait compare demo: `no-difference`',
      'database down',
      'wait Both colors fail alike',
      'wait HighErrorRate · critical',
      'database up',
      'break green fail',
      'wait Green fails where blue answers',
      '/release compare demo',
      'wait compare demo: `helps`. Green fails where blue answers',
      'database sideways',
    ]);
    expect([await run.ended, run.output]).toEqual([1, expect.stringContaining('database down or up')]);
    expect(run.between('database down', 'database up')).toMatch(
      /Both colors fail alike: green \d+ of \d+, blue \d+ of \d+\. Reverting will not help/,
    );
    expect(run.between('break green', 'wait compare demo: `helps`')).toContain(
      'Reverting will very likely help.',
    );
  });

  it('lets nobody approve their own promote, nor press what they do not see', async () => {
    const run = play([
      ...stage,
      '/promote demo',
      'wait asks to promote',
      'press Approve yes',
      'wait not-allowed',
      'press Fly',
    ]);
    expect(await run.ended).toBe(1);
    expect(run.output).toMatch(/ann sees no button "Fly"; there is: Approve, Reject, Cancel request/);
  });

  it('asks for the effect before a press counts, and does nothing when the answer is no', async () => {
    const run = play([...stage, 'press release.promote', 'n', '/release status demo', 'wait state: staged']);
    expect([await run.ended, run.output]).toEqual([0, expect.stringContaining('Nothing was pressed.')]);
    expect(run.output).toMatch(/┌ .+\n│ .*100 % of traffic.*\n└ \[.+\] \[Not now\]/);
    expect(run.output).not.toContain('asks to promote');
  });

  it('waits for what others say, not for what was just said, and submits a modal as soon as it is open', async () => {
    const run = play([
      ...promote,
      '@switchback status demo',
      'wait status demo',
      'break blue fail',
      '/revert demo slow',
      'press Force… yes',
      'submit green is worse',
      'wait no release of demo until',
      'submit once more',
    ]);
    expect([await run.ended, run.output]).toEqual([1, expect.stringContaining('bob has no modal open.')]);
    expect(run.between('wait status demo', 'break blue')).toContain('state: baking');
    expect(run.between('submit green', 'submit once more')).toContain('Sent.');
  });

  it('shows drift, an absent router and a refused revert that is forced by a modal', async () => {
    const run = play([
      ...promote,
      'router unreachable',
      '/revert demo',
      'wait router-unreachable',
      'router reachable',
      'break blue fail',
      '/revert demo slow',
      'wait Force',
      'press Force… yes',
      'wait Why must it go back',
      'submit green is worse',
      'wait no release of demo until',
      'fix blue',
      'router move green',
      '/stage demo v3',
      'wait locked',
      '/release unlock demo',
      'wait unlock',
      '/stage demo v3',
      'wait router-drift',
    ]);
    expect([await run.ended, run.output]).toEqual([0, expect.stringContaining('router-drift')]);
  });

  it('says what Slack missed when it is up again', async () => {
    const run = play([
      '/release stage demo v2',
      'slack down',
      '/release status demo',
      'wait under way: stage',
      'slack up',
      'wait is staged on green',
    ]);
    expect([await run.ended, run.output]).toEqual([0, expect.stringContaining('is staged on green')]);
  });

  it('completes a promote in which the bot was killed, once it is started again', async () => {
    const run = play([
      ...stage,
      'bot kill-in-promote',
      'press Promote yes',
      'wait asks to promote',
      'as bob',
      'press Approve yes',
      'wait The bot is dead',
      'wait traffic is answered by green v2',
      '/release status demo',
      'wait failed with the error',
      'bot start',
      'wait Another process took over: the router says green',
    ]);
    expect([await run.ended, run.output]).toEqual([
      0,
      expect.stringContaining('Another process took over: the router says green'),
    ]);
    expect(run.between('press Approve', 'bot start')).toContain('traffic is answered by green v2');
  });

  it('keeps the record in the Redis of REDIS_URL, and leaves no key there for ever', async () => {
    const redis = await startRedis();
    const left = 'play-0badf00d:{play-0badf00d}:s:demo';
    try {
      await redis.cli('set', 'mine', 'stays');
      await redis.cli('set', left, 'of a run that was killed');
      const run = play(['/release stage demo v2'], { env: { REDIS_URL: redis.url }, more: true });
      await until('it plays', () => run.output.includes('is being staged'));
      expect(run.output).toContain('in your Redis, under play-');
      const keys = async (): Promise<string[]> => (await redis.cli('keys', '*')).trim().split('\n');
      expect((await keys()).filter((key) => key.startsWith('play-')).length).toBeGreaterThan(3);
      await until('what was left ends', async () => Number(await redis.cli('pttl', left)) > 0);
      run.interrupt();
      expect(await run.ended).toBe(0);
      expect((await keys()).toSorted()).toEqual(['mine', left]);
      expect(await redis.cli('ttl', 'mine')).toContain('-1');
    } finally {
      await redis.stop();
    }
  });
});

describe('a line at the prompt', () => {
  it.each([
    ['stage demo v3', 'There is no "stage" here; did you mean "/stage demo v3"?'],
    ['status demo', 'There is no "status" here; did you mean "/release status demo"?'],
    ['press Promote', 'ann sees no button "Promote"; there are no buttons yet.'],
  ])('such as %s says what to type', async (line, said) => {
    const workspace = await openWorkspace();
    const feed = follow(workspace, () => {});
    // None of these lines reaches more of the playground than its Slack.
    const town = { workspace } as Playground;
    const game = { town, feed, who: 'ann', print: () => {}, ask: async () => undefined, buttonMs: 100 };
    try {
      await expect(carryOut(line, game)).rejects.toThrow(said);
    } finally {
      feed.close();
      await workspace.close();
    }
  });
});

// These wait more than they work.
describe.concurrent('npm run play, at its edges', () => {
  it('ends with 1 at a line that it does not know, carries out none after it, and writes no line below the level of the log', async () => {
    const run = play(['# a comment', '', 'people', 'fly', 'help'], { env: { LOG_LEVEL: 'error' } });
    expect(await run.ended).toBe(1);
    // Nothing of the log is an error.
    expect(run.output).not.toContain('"msg"');
    expect(run.output).toContain('→ ann   operator\n');
    expect(run.output).toContain('There is no "fly" here; help lists all commands.');
    expect(run.output).not.toContain('> help');
  });

  it('ends cleanly at Ctrl-C, with nobody left who listens', async () => {
    const run = play(['/release stage demo v2'], { more: true });
    await until('it plays', () => run.output.includes('is being staged'));
    const [, bot = ''] = /the bot +(\S+)/.exec(run.output) ?? [];
    expect((await fetch(bot)).status).toBe(200);
    run.interrupt();
    expect(await run.ended).toBe(0);
    await expect(fetch(bot)).rejects.toThrow('fetch failed');
  });

  it('takes no secret that somebody could know', async () => {
    const run = play(['/release status demo'], { more: true });
    await until('it plays', () => run.output.includes('state: idle'));
    const [, slack = ''] = /the pretend Slack +(\S+)/.exec(run.output) ?? [];
    const asked = await fetch(`${slack}auth.test`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-playground' },
    });
    expect(await asked.json()).toMatchObject({ ok: false, error: 'invalid_auth' });
    const [, ready = ''] = /the bot +(\S+)/.exec(run.output) ?? [];
    const body = 'command=%2Frelease&text=help&user_id=U0ANN&team_id=T0PLAY&channel_id=C0RELEASES';
    const sent = await fetch(new URL('/slack/events', ready), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...signedHeaders('playground-signing-secret', body, Date.now()),
      },
      body,
    });
    expect(sent.status).toBe(401);
    run.interrupt();
    expect(await run.ended).toBe(0);
  });

  it('opens no page with --terminal, and ends with its input', async () => {
    const run = play([], { args: ['--terminal'] });
    expect([await run.ended, run.output]).toEqual([0, expect.stringContaining('You are ann in #releases')]);
    expect(run.output).not.toContain('Open http');
  });

  it('writes the log of the bot as it is when a level is asked for', async () => {
    const run = play(['/release status demo', 'wait state: idle'], { env: { LOG_LEVEL: 'info' } });
    expect([await run.ended, run.output]).toEqual([
      0,
      expect.stringContaining('"msg":"Switchback is running"'),
    ]);
  });

  it('says what is wrong with REDIS_URL without its value', async () => {
    const run = play([], { env: { REDIS_URL: 'http://user:hunter2@localhost' } });
    expect(await run.ended).toBe(1);
    expect(run.output).toContain('REDIS_URL:');
    expect(run.output).not.toContain('hunter2');
  });

  it('says so when the Redis of REDIS_URL does not answer', async () => {
    const run = play([], { env: { REDIS_URL: `redis://127.0.0.1:${await freePort()}` } });
    expect(await run.ended).toBe(1);
    expect(run.output).toMatch(/^The bot did not become ready within 10 s.+"redis":"away"/m);
  });
});
