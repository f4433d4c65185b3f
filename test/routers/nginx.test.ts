import { chmod, readdir, readFile, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, request, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { readDump } from '../../src/routers/nginx-configuration.ts';
import { nginxDoubts } from '../../src/routers/nginx-doubts.ts';
import { startForwarder } from '../support/forwarder.ts';
import { answerHostile, hostileAnswers } from '../support/hostile-answers.ts';
import { closeServer, listen } from '../support/listen.ts';
import { type NginxServer, startNginx } from '../support/nginx.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';
import { permit, takesNothing } from './contract.ts';

const never = new AbortController().signal;
let colors: { blue: SampleColor; green: SampleColor };
let nginx: NginxServer;

beforeAll(async () => {
  colors = { blue: await startColor('blue', 'v1'), green: await startColor('green', 'v2') };
  nginx = await startNginx({ blue: colors.blue.port, green: colors.green.port });
});
beforeEach(async () => {
  // A reload of the test before may still be on its way, and would read what this one writes.
  await writeFile(nginx.include, 'set $checkout_color blue;\n');
  await nginx.kill();
  await nginx.start();
});
afterEach(async () => {
  nginx.other(undefined);
  nginx.mode('as usual');
  await writeFile(nginx.include, 'set $checkout_color blue;\n');
});
afterAll(async () => {
  await nginx.stop();
  await Promise.all([colors.blue.stop(), colors.green.stop()]);
});

const router = (more: object = {}) => makeRouter(routerOptions.parse({ ...nginx.options(), ...more }));
const included = () => readFile(nginx.include, 'utf8');

describe('nginx', () => {
  test('sends clients to the color that it was pointed at, by its own commands', async () => {
    await chmod(nginx.include, 0o640);
    const its = router({ test: nginx.test, reload: nginx.reload });
    expect(await its.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await its.live(never, 'green')).toMatchObject([{ heading: 'green' }]);
    expect(await nginx.served()).toBe('green');
    expect(await included()).toBe('set $checkout_color green;\n');
    expect((await stat(nginx.include)).mode & 0o777).toBe(0o640);
    expect(await readdir(join(nginx.folder, 'switchback'))).toEqual(['checkout.conf']);
  });

  test('is not reloaded for what it serves and its file says', async () => {
    const before = nginx.reloads();
    expect(await router().point('blue', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(nginx.reloads()).toBe(before);
  });

  test('keeps the include file that a symbolic link names', async () => {
    const link = join(nginx.folder, 'link.conf');
    await symlink(nginx.include, link);
    await router({ include: link }).point('green', 2, permit());
    expect(await included()).toBe('set $checkout_color green;\n');
    await rm(link);
  });

  test('with a broken file of somebody else takes nothing: that file is named, and ours is put back', async () => {
    nginx.other('# fine\nlisten 80;\n');
    const before = nginx.reloads();
    const words = expect.stringMatching(
      /other\.conf, line 2 \(not Switchback's file\): "listen" directive is not allowed here\. The include file was put back, and nothing was reloaded$/,
    ) as string;
    const test = nginx.options().test.join(' ');
    await takesNothing(
      router(),
      `correct the configuration of nginx until "${test}" succeeds`,
      included,
      words,
    );
    expect(await included()).toBe('set $checkout_color blue;\n');
    expect(nginx.reloads()).toBe(before);
    expect(await router().ready('green', never)).toMatchObject([
      { ready: 'no', detail: expect.stringContaining('other.conf, line 2') as string },
    ]);
  });

  test.each([
    ['another variable', 'set $search_color blue;\n', 'it holds "set $search_color blue;"'],
    ['more lines', '# mine\nset $checkout_color blue;\n', 'it holds "# mine" and more lines'],
    ['nothing', '', 'it holds nothing'],
    ['a book', 'x'.repeat(5000), 'it holds 5000 bytes'],
  ])('leaves an include file with %s as it is', async (_what, text, words) => {
    await writeFile(nginx.include, text);
    const detail = expect.stringContaining(words) as string;
    await takesNothing(router(), 'make it the line of the color that serves now', included, detail);
    expect(await router().persist?.('green', never)).toContain(words);
    expect(await included()).toBe(text);
  });

  test('names an include file that is missing, and one that cannot be replaced', async () => {
    const include = join(nginx.folder, 'switchback', 'nowhere.conf');
    const repair =
      'create it with the one line "set $checkout_color blue;" or "set $checkout_color green;", whichever serves now';
    await takesNothing(router({ include }), repair, included, `the include file ${include} does not exist`);
    expect(await router({ include: '/proc/version' }).point('green', 2, permit())).toMatchObject([
      { outcome: 'refused' },
    ]);
  });

  test('may be tried again where its test fails for a name that no server knows now, or does not end', async () => {
    const unknown = ['/bin/sh', '-c', 'echo "nginx: [emerg] host not found in upstream shop" >&2; exit 1'];
    for (const test of [unknown, ['/bin/sleep', '60']]) {
      const [write] = await router({ test }).point('green', 2, permit());
      expect(write).toMatchObject({ outcome: 'refused' });
      expect(write?.repair).toBeUndefined();
    }
  });

  test('leaves what somebody else wrote while it was tested, and reloads nothing', async () => {
    const before = nginx.reloads();
    const script = `echo 'set $checkout_color maintenance;' >${nginx.include}`;
    const its = router({ test: ['/bin/sh', '-c', script] });
    expect(await its.point('green', 2, permit())).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('while it was tested') as string },
    ]);
    expect(await included()).toBe('set $checkout_color maintenance;\n');
    const failing = router({ test: ['/bin/sh', '-c', `${script}; exit 1`] });
    await writeFile(nginx.include, 'set $checkout_color blue;\n');
    expect(await failing.point('green', 2, permit())).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('Somebody else changed') as string },
    ]);
    expect(await included()).toBe('set $checkout_color maintenance;\n');
    expect(nginx.reloads()).toBe(before);
  });

  test('leaves a value in the file that is no color, unless a person insists, and says what it wrote over', async () => {
    await writeFile(nginx.include, 'set $checkout_color maintenance;\n');
    const its = router();
    const before = nginx.reloads();
    expect(await its.ready('green', never)).toMatchObject([
      {
        ready: 'unknown',
        stopsPromotes: true,
        detail: expect.stringContaining('says "maintenance", which is not a color') as string,
      },
    ]);
    expect(await its.point('green', 2, permit())).toMatchObject([
      {
        outcome: 'refused',
        detail: expect.stringContaining('says "maintenance", which is not a color') as string,
      },
    ]);
    expect(await included()).toBe('set $checkout_color maintenance;\n');
    expect(nginx.reloads()).toBe(before);
    expect(await its.point('green', 2, { ...permit(), insists: true })).toMatchObject([
      { outcome: 'taken', detail: expect.stringContaining('"maintenance"') as string },
    ]);
    expect(await included()).toBe('set $checkout_color green;\n');
  });

  test('says that a write is unclear where the include file cannot be put back', async () => {
    const script = `rm ${nginx.include} && mkdir ${nginx.include}; exit 1`;
    const answers = await router({ test: ['/bin/sh', '-c', script] }).point('green', 2, permit());
    expect(answers).toMatchObject([
      { outcome: 'unclear', detail: expect.stringContaining('could not be put back') as string },
    ]);
    expect(answers[0]).not.toHaveProperty('repair');
    await rmdir(nginx.include);
  });

  test('is put back when the reload fails, or the test does not end', async () => {
    nginx.mode('fail');
    expect(await router().point('green', 2, permit())).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('nginx.pid" failed') as string },
    ]);
    expect(await included()).toBe('set $checkout_color blue;\n');
    const hanging = router({ test: ['/bin/sleep', '60'] });
    expect(await hanging.point('green', 2, permit())).toMatchObject([
      {
        outcome: 'refused',
        detail: expect.stringContaining('/bin/sleep 60 did not end within 1 s') as string,
      },
    ]);
    expect(await included()).toBe('set $checkout_color blue;\n');
    const missing = router({ test: ['/no/such/nginx', '-t'] });
    expect(await missing.point('green', 2, permit())).toMatchObject([
      { outcome: 'refused', detail: expect.stringContaining('there is no program /no/such/nginx') as string },
    ]);
  });

  test.each([
    ['test', 'that must not be run', ['PLAIN', '-t'], /plain cannot be run: permission denied/],
    [
      'test',
      'that prints without end',
      ['sh', '-c', 'yes "bad $(printf "\\033[31m")"'],
      /did not end within 1 s|bad/,
    ],
    ['reload', 'that is not there', ['/no/such/nginx'], /there is no program \/no\/such\/nginx/],
    ['reload', 'that must not be run', ['PLAIN'], /plain cannot be run: permission denied/],
  ] as const)('is put back when its %s is a program %s', async (key, _what, words, why) => {
    const plain = `${nginx.folder}/plain`;
    await writeFile(plain, '#!/bin/sh\n', { mode: 0o644 });
    const its = router({ [key]: words.map((word) => word.replace('PLAIN', plain)) });
    const [answer] = await its.point('green', 2, permit());
    expect(answer).toMatchObject({ outcome: 'refused', detail: expect.stringMatching(why) as string });
    expect(answer?.detail).toMatch(/^\P{Cc}{1,400}$/u);
    expect(await included()).toBe('set $checkout_color blue;\n');
    expect(await router().live(never)).toMatchObject([{ heading: 'blue' }]);
  });

  test('asks for a longer permit once its test was seen to be slow', async () => {
    const asked: (number | undefined)[] = [];
    const given = { signal: never, mayWrite: (ms?: number) => asked.push(ms) > 0 };
    const slow = router({ test: ['/bin/sh', '-c', `sleep 0.7; exec ${nginx.test.join(' ')}`] });
    await slow.ready('green', never);
    expect(await slow.point('green', 2, given)).toMatchObject([{ outcome: 'taken' }]);
    await router().point('blue', 3, given);
    expect(asked).toEqual([2000, 1200]);
  });

  test('whose file and traffic differ, as a killed process leaves them, is in step after the next write', async () => {
    await nginx.writeInclude('set $checkout_color green;\n', false);
    const its = router();
    expect(await its.live(never)).toMatchObject([{ heading: 'blue' }]);
    expect(await its.doubts?.(never)).toContainEqual({
      what: 'the include file says green, and nginx serves blue: the next reload goes to green',
      fix: `was ${nginx.include} changed by hand? Make it say blue, or reload nginx and adopt`,
    });
    const before = nginx.reloads();
    expect(await its.point('blue', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await included()).toBe('set $checkout_color blue;\n');
    expect(nginx.reloads()).toBe(before + 1);
  });

  test('waits with a write while another process writes', async () => {
    await writeFile(`${nginx.include}.lock`, 'somebody');
    const pointed = router().point('green', 2, permit());
    await until('it waits', async () => (await included()) === 'set $checkout_color blue;\n');
    await rm(`${nginx.include}.lock`);
    expect(await pointed).toMatchObject([{ outcome: 'taken' }]);
  });

  test('comes back from its own restart with the color that was switched to', async () => {
    await router().point('green', 2, permit());
    await nginx.kill();
    await nginx.start();
    expect(await router().live(never)).toMatchObject([{ heading: 'green' }]);
  });

  test('could not serve a color without an upstream, and does not say so where the variable names none', async () => {
    const without = router({ values: { blue: 'blue', green: 'violet' } });
    expect(await without.ready('green', never)).toMatchObject([
      { ready: 'no', lasting: true, detail: 'nginx has no upstream checkout_violet' },
    ]);
    const quiet = router({ test: ['/bin/true'] });
    expect(await quiet.ready('green', never)).toMatchObject([{ ready: 'unknown', lasting: true }]);
  });

  test('counts the workers of before that still serve somebody', async () => {
    const its = router();
    expect(await its.left?.('blue', never)).toBe(0);
    colors.blue.levers.hang = true;
    const open = request(nginx.frontend);
    open.on('error', () => {});
    open.end();
    await until('blue has it', () => colors.blue.requests.at(-1) === '/');
    await its.point('green', 2, permit());
    await its.live(never, 'green');
    await until('one worker is left', async () => (await its.left?.('blue', never)) === 1);
    const doubts = await its.doubts?.(never);
    expect(doubts?.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^worker_shutdown_timeout is not set: /),
      '1 old worker of nginx still serves what began before a reload',
    ]);
    open.destroy();
    colors.blue.levers.hang = false;
    await until('none is left', async () => (await its.left?.('blue', never)) === 0);
  });

  test('advises a limit for old workers only where there is none', () => {
    const fixWith = (...lines: string[]): string | undefined => {
      const dump = readDump(nginx.options());
      for (const text of lines) dump.line(text);
      const doubts = nginxDoubts(
        { ...nginx.options(), settles: 30_000 },
        { include: undefined, said: { heading: 'blue' }, dump, oldWorkers: 1 },
      );
      return doubts.find(({ what }) => what.includes('old worker of nginx'))?.fix;
    };
    expect(fixWith()).toContain('or set worker_shutdown_timeout');
    expect(fixWith('worker_shutdown_timeout 10m;')).toContain('at worker_shutdown_timeout at the latest');
  });

  test('writes its include file first when the file says otherwise after a switch, and puts it right when that stays', async () => {
    const its = router();
    await writeFile(nginx.include, 'set $checkout_color green;\n');
    expect(await its.persist?.('blue', never)).toContain('which is not what nginx serves');
    expect(await included()).toBe('set $checkout_color green;\n');
    await until('it is put right', async () => (await its.persist?.('blue', never)) === undefined);
    expect(await included()).toBe('set $checkout_color blue;\n');
  });
});

describe('the location that says where nginx sends traffic', () => {
  const answers: [string, RequestListener, object][] = [
    ['text', (_, to) => to.end('green\n'), { heading: 'green' }],
    [
      'packed text',
      (_, to) => to.setHeader('content-encoding', 'gzip').end(gzipSync('green')),
      { heading: 'green' },
    ],
    ['nothing', (_, to) => to.end(), { heading: 'unknown', detail: expect.stringContaining('says nothing') }],
    [
      'JSON',
      (_, to) => to.setHeader('content-type', 'application/json').end('{"color":"green"}'),
      { heading: 'unknown', detail: expect.stringContaining('return 200 $checkout_color;') },
    ],
    [
      'a redirect',
      (_, to) => to.writeHead(302, { location: '/green' }).end(),
      { heading: 'unknown', detail: 'liveUrl answered 302' },
    ],
    [
      'an error',
      (_, to) => to.writeHead(404).end('<title>404 Not Found</title>'),
      { heading: 'unknown', detail: 'liveUrl answered 404: 404 Not Found' },
    ],
    [
      'a megabyte',
      (_, to) => to.end('x'.repeat(1_000_000)),
      { heading: 'unreachable', detail: 'answer larger than 64 kB' },
    ],
    ['no HTTP', (from) => from.socket.end('green\n'), { heading: 'unreachable' }],
    ['half an answer', (_, to) => to.writeHead(200).write('gre'), { heading: 'unreachable' }],
  ];
  test.each(answers)('may answer with %s', async (_what, answer, said) => {
    const server = createServer(answer);
    const liveUrl = `http://127.0.0.1:${await listen(server)}/`;
    expect(await router({ liveUrl }).live(never)).toMatchObject([said]);
    await closeServer(server);
  });

  test.each(hostileAnswers)('is not believed when it answers: %s', async (how) => {
    let astray = 0;
    const server = createServer((from, to) => {
      if (from.url === '/elsewhere') astray += 1;
      answerHostile(how, from, to, '/elsewhere');
    });
    const liveUrl = `http://127.0.0.1:${await listen(server)}/`;
    const its = router({ liveUrl });
    const [said] = await its.live(never);
    expect(['unknown', 'unreachable']).toContain(said?.heading);
    expect(said?.detail).toMatch(/^[^\n]{1,400}$/);
    expect(astray).toBe(0);
    await closeServer(server);
  });

  test('is not waited for when it answers a byte at a time', async () => {
    const server = createServer((_, to) => {
      const timer = setInterval(() => to.write(' '), 100);
      to.once('close', () => clearInterval(timer));
    });
    const liveUrl = `http://127.0.0.1:${await listen(server)}/`;
    expect(await router({ liveUrl }).live(never)).toMatchObject([
      { heading: 'unreachable', detail: 'no answer within 2 s' },
    ]);
    await closeServer(server);
  });

  test('is asked until the workers agree, and is unknown when they do not', async () => {
    const servers = ['blue', 'green'].map((color) => createServer((_, to) => to.end(color)));
    const targets = await Promise.all(servers.map((server) => listen(server)));
    const forwarder = await startForwarder({ targets });
    const its = router({ liveUrl: `http://127.0.0.1:${forwarder.port}/` });
    const detail = expect.stringContaining('its workers contradict each other') as string;
    expect(await its.live(never)).toMatchObject([{ heading: 'unknown', detail }]);
    expect(await its.live(never, 'green')).not.toMatchObject([{ heading: 'green' }]);
    await forwarder.stop();
    await Promise.all(servers.map(closeServer));
  });

  test('on another machine is a doubt', async () => {
    const far = router({ liveUrl: 'http://192.0.2.7:9/live' });
    expect(await far.doubts?.(AbortSignal.timeout(200))).toContainEqual({
      what: expect.stringContaining('192.0.2.7, which is not an address of this machine') as string,
      fix: expect.stringContaining('router.liveUrl') as string,
    });
  });
});
