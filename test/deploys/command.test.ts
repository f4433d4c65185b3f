import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployOptions, makeDeploy } from '../../src/deploys/index.ts';
import type { Deploy } from '../../src/release/ports.ts';
import { temporaryFolder } from '../support/processes.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
let folder: string;
let number = 0;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A job of its own for each test: runs are known by it. */
const newJob = (more: object = {}) => {
  number += 1;
  return { service: 'checkout', color: 'green' as const, version: '1.42.0', release: `r-${number}`, ...more };
};

function deploy(run: string[], more: object = {}): Deploy {
  const made = makeDeploy(deployOptions.parse({ kind: 'command', run, directory: folder, ...more }));
  if (made === undefined) throw new Error('a command is a deploy');
  return made;
}

async function script(text: string): Promise<string> {
  number += 1;
  const name = `script-${number}.sh`;
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return `./${name}`;
}

async function started(made: Deploy, job = newJob()): Promise<string> {
  const answer = await made.start(job, never);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.id;
}

type Stand = Awaited<ReturnType<Deploy['follow']>>;

const ended = (made: Deploy, id: string): Promise<Stand> =>
  until('it has ended', async (): Promise<Stand | undefined> => {
    const stand = await made.follow(id, never);
    return stand.state === 'running' ? undefined : stand;
  });

const linesOf = async (name: string) => {
  const text = await readFile(join(folder, name), 'utf8').catch(() => '');
  return text.split('\n').filter((each) => each !== '');
};

describe('a deploy by command', () => {
  test('runs a program without a shell, with the release in its arguments and its environment', async () => {
    const run = await script('printf "%s\\n" "$@" >told; pwd >>told; env | grep -v ^_= | sort >>told');
    const made = deploy([run, '{color}={version}', '$(id) {service} {release}'], {
      env: { REGION: 'eu west' },
    });
    const job = newJob();
    expect(await ended(made, await started(made, job))).toEqual({ state: 'succeeded' });
    const told = await linesOf('told');
    expect(told.filter((each) => !/^PWD=|^OLDPWD=|^SHLVL=/.test(each))).toEqual([
      'green=1.42.0',
      `$(id) checkout ${job.release}`,
      folder,
      'COLOR=green',
      expect.stringMatching(/^PATH=\/usr/),
      'REGION=eu west',
      `RELEASE=${job.release}`,
      'SERVICE=checkout',
      'VERSION=1.42.0',
    ]);
  });

  test('says its last lines while it runs', async () => {
    const made = deploy([await script('for i in 1 2 3 4; do echo "pod $i of 4"; done; exec sleep 60')]);
    const job = newJob();
    const id = await started(made, job);
    const stand = await until('it has written', async () => {
      const { state, message } = await made.follow(id, never);
      return message?.includes('pod 4') === true ? { state, message } : undefined;
    });
    expect(stand).toEqual({ state: 'running', message: 'pod 2 of 4 / pod 3 of 4 / pod 4 of 4' });
    made.abandon?.(job);
  });

  test('that ends with another code than 0 failed, with its last lines as the reason', async () => {
    const run = await script('echo pulling; echo "no such image: <!channel>" >&2; exit 3');
    const made = deploy([run]);
    const stand = await ended(made, await started(made));
    expect(stand).toMatchObject({ state: 'failed' });
    expect(stand.message).toMatch(/^script-\d+\.sh ended with exit code 3: /);
    expect(stand.message).toContain('no such image: <!channel>');
  });

  test('never shows what its environment was given, nor what looks like a secret, and is brief', async () => {
    const key = 'first-line-of-key\nsecond-line-of-key';
    const run = await script(
      'echo "token is $API"; echo "$KEY"; echo "Authorization: Bearer abc.def"; exit 1',
    );
    const made = deploy([run], { env: { API: 's3cr3t-value', KEY: key } });
    const { message = '' } = await ended(made, await started(made));
    expect(message).toContain('token is [redacted]');
    expect(message).not.toMatch(/s3cr3t|line-of-key|abc\.def/);

    const long = 'k'.repeat(700) + 'e'.repeat(700);
    const cut = deploy([await script('printf "%0500d%s" 0 "$KEY"; exit 1')], { env: { KEY: long } });
    expect((await ended(cut, await started(cut))).message).not.toMatch(/kkk|eee/);

    const loud = deploy([await script('head -c 200000 /dev/zero | tr "\\0" x; echo; echo the end; exit 1')]);
    const said = await ended(loud, await started(loud));
    expect(said.message?.length).toBeLessThan(400);
    expect(said.message).toMatch(/the end$/);
  });

  test('is shown without what is meant for a terminal, and what its environment was given is found all the same', async () => {
    const run = await script(
      'printf "\\033[1;31mno \\033[0mimage \\033(B[x]\\033[K s3cr\\033[32m3t-value\\n\\t[INFO] y"; exit 1',
    );
    const made = deploy([run], { env: { API: 's3cr3t-value' } });
    expect((await ended(made, await started(made))).message).toMatch(
      /: no image \[x\] \[redacted\] \/ +\[INFO\] y$/,
    );
  });

  test('is started once, also when it is started again or another adapter follows it', async () => {
    const run = [await script('echo run >>once; sleep 0.3')];
    const job = newJob();
    const made = deploy(run);
    const id = await started(made, job);
    expect(await started(made, job)).toBe(id);
    expect(await ended(deploy(run), id)).toEqual({ state: 'succeeded' });
    expect(await linesOf('once')).toEqual(['run']);
    made.abandon?.(job);
  });

  test('that this process did not start is run again under the same release', async () => {
    const made = deploy([await script('echo "$RELEASE $COLOR $VERSION" >>again')]);
    const id = JSON.stringify(['checkout', 'blue', '2', 'r-taken-over']);
    expect(await ended(made, id)).toEqual({ state: 'succeeded' });
    expect(await linesOf('again')).toEqual(['r-taken-over blue 2']);
  });

  test('that nobody waits for is ended with all that it started; the next run begins after that', async () => {
    const run = await script(
      'trap "sleep 0.2; echo ended >>order; exit 1" TERM; echo begun >>order; sleep 60 & wait',
    );
    const made = deploy([run]);
    const job = newJob();
    const id = await started(made, job);
    await until('it runs', async () => (await linesOf('order')).length === 1);
    made.abandon?.(job);
    expect(await made.follow(id, never)).toMatchObject({ state: 'running' });
    await until('it runs again', async () => (await linesOf('order')).length === 3);
    expect(await linesOf('order')).toEqual(['begun', 'ended', 'begun']);
    made.abandon?.(job);
    await until('it has ended', async () => (await linesOf('order')).length === 4);
  });

  test('that is given up is ended, whether or not somebody let go of it before', async () => {
    const made = deploy([await script('echo begun >>given-up; exec sleep 60')]);
    for (const first of [true, false]) {
      const job = newJob();
      await started(made, job);
      await until('it runs', async () => (await linesOf('given-up')).length > 0);
      if (first) made.abandon?.(job);
      expect(await made.stop?.(job, undefined, never)).toMatchObject({
        ended: true,
        words: expect.stringMatching(/^script-\d+\.sh was stopped$/) as string,
      });
      await rm(join(folder, 'given-up'));
    }
  });

  test('that ignores SIGTERM is said to run on, until SIGKILL ends it', async () => {
    const made = deploy([await script('trap "" TERM; echo begun >>deaf; sleep 60 & wait; sleep 60')]);
    const job = newJob();
    await started(made, job);
    await until('it runs', async () => (await linesOf('deaf')).length === 1);
    expect(await made.stop?.(job, undefined, AbortSignal.timeout(100))).toMatchObject({
      ended: false,
      words: expect.stringMatching(/was asked to stop, and still runs$/) as string,
    });
    expect(await made.stop?.(job, undefined, never)).toMatchObject({ ended: true });
  });

  test('that another process began is not said to have ended', async () => {
    const made = deploy([await script('exec sleep 60')]);
    const job = newJob();
    expect(await made.stop?.(job, undefined, never)).toMatchObject({
      ended: false,
      words: expect.stringMatching(/is not run by this process$/) as string,
    });
    await made.follow(JSON.stringify([job.service, job.color, job.version, job.release]), never);
    expect(await made.stop?.(job, undefined, never)).toMatchObject({
      ended: false,
      words: expect.stringMatching(
        /was stopped; if another process started one too, that one may still run$/,
      ) as string,
    });
  });

  test('that no stage ends at the deadline is ended soon after it', async () => {
    const made = deploy([await script('echo waiting; exec sleep 60')], { deadline: '1s' });
    const { state, message } = await ended(made, await started(made));
    expect(state).toBe('failed');
    expect(message).toMatch(/did not end within 3 s: waiting$/);
  });

  test('whose program is not there says so', async () => {
    const made = deploy(['./nowhere.sh']);
    expect(await ended(made, await started(made))).toEqual({
      state: 'failed',
      message: 'there is no program ./nowhere.sh',
    });
  });

  test('that can be run is fine, and is not run by asking', async () => {
    const made = deploy([await script('echo run >>asked')]);
    expect(await made.doubts?.(never)).toEqual([]);
    expect(made.examined).toMatch(/^script-\d+\.sh can be run on this machine, in \//);
    expect(await deploy(['sh', '-c', 'exit 1']).doubts?.(never)).toEqual([]);
    expect(await linesOf('asked')).toEqual([]);
  });

  test('whose program, folder, interpreter or line ends are wrong says so before it is needed', async () => {
    const write = (name: string, text: string, mode = 0o755): Promise<void> =>
      writeFile(join(folder, name), text, { mode });
    await write('closed.sh', '#!/bin/sh\n', 0o644);
    await write('fish.sh', '#!/no/such/fish -e\n');
    await write('env.sh', '#!/usr/bin/env no-such-bash\n');
    await write('windows.sh', '#!/bin/sh\r\necho\r\n');
    await write('binary', '#!');
    await symlink(join(folder, 'binary'), join(folder, 'loop.sh'));
    const at = (name: string): string => join(folder, name);
    const misses = 'which does not exist or cannot be run';
    for (const [run, more, what, fix] of [
      ['./no.sh', {}, 'there is no program ./no.sh', `put it at ${at('no.sh')}`],
      ['no-such', {}, 'there is no program no-such', 'install it in a folder of its PATH (/usr'],
      ['sh', { env: { PATH: '/no/such' } }, 'there is no program sh', '(/no/such)'],
      ['./closed.sh', {}, './closed.sh cannot be run: permission denied', `chmod +x ${at('closed.sh')}`],
      ['./fish.sh', {}, `./fish.sh is run by /no/such/fish, ${misses}`, 'install /no/such/fish'],
      ['./env.sh', {}, `./env.sh is run by no-such-bash, ${misses}`, 'install no-such-bash'],
      [
        './windows.sh',
        {},
        'the lines of ./windows.sh end as on Windows',
        `sed -i 's/\\r$//' ${at('windows.sh')}`,
      ],
      ['sh', { directory: at('none') }, `there is no folder ${at('none')}`, `make the folder ${at('none')}`],
      ['sh', { directory: at('binary') }, `there is no folder ${at('binary')}`, 'make the folder'],
    ] as const)
      expect(await deploy([run], more).doubts?.(never)).toEqual([
        {
          what: expect.stringContaining(what) as string,
          fix: expect.stringContaining(fix) as string,
        },
      ]);
    for (const fine of ['./binary', './loop.sh']) expect(await deploy([fine]).doubts?.(never)).toEqual([]);
    // The same words say why it failed.
    const broken = deploy(['./windows.sh']);
    expect(await ended(broken, await started(broken))).toMatchObject({
      state: 'failed',
      message: 'the lines of ./windows.sh end as on Windows, so its first line names no program',
    });
  });

  test.each(['--help', '../../etc', 'a/../b', 'a//b', 'a b', '$(id)', '', 'x\n', '-'])(
    'gives no program the version "%s"',
    async (version) => {
      const made = deploy([await script('echo run >>never')]);
      expect(await made.start(newJob({ version }), never)).toMatchObject({ ok: false, retryable: false });
      const id = JSON.stringify(['checkout', 'blue', version, 'r-odd']);
      expect(await made.follow(id, never)).toMatchObject({ state: 'failed' });
      expect(await linesOf('never')).toEqual([]);
    },
  );

  test('that was begun in another way is not taken up', async () => {
    const made = deploy(['true']);
    for (const id of ['17', 'x', '["a"]', '{}'])
      expect(await made.follow(id, never)).toMatchObject({ state: 'failed' });
  });
});

describe('options of a deploy by command', () => {
  const good = { kind: 'command', run: ['./deploy.sh', '{color}'], directory: '/srv' };
  test.each([
    ['a line for a shell', { run: './deploy.sh {color}' }, 'must be a list: the program'],
    ['no program', { run: [] }, ''],
    [
      'a program that differs',
      { run: ['{version}'] },
      'must begin with the name of a program, without a placeholder',
    ],
    ['an unknown name in braces', { run: ['x', '{colour}'] }, 'and no other name in braces'],
    ['a folder that depends on where the bot runs', { directory: 'srv' }, 'must be the absolute path'],
    ['no folder', { directory: undefined }, ''],
    ['names that are set', { env: { COLOR: 'x' } }, 'must not be one of SERVICE, COLOR, VERSION, RELEASE'],
    ['a text as environment', { env: 'HOME' }, 'must be a list of names of environment variables'],
  ])('refuse %s', (_what, more, message) => {
    const read = deployOptions.safeParse({ ...good, ...more });
    expect(JSON.stringify(read.error?.issues)).toContain(message);
    expect(read.success).toBe(false);
  });

  test('need a folder and a program only', () => {
    expect(deployOptions.parse(good)).toMatchObject({ deadline: 20 * 60_000, env: {} });
  });
});
