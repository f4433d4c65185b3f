import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as ask, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { closeServer, listen } from '../support/listen.ts';
import { freePort } from '../support/ports.ts';
import { type Running, startProcess, temporaryFolder } from '../support/processes.ts';
import { textOf } from '../support/router-server.ts';
import { until } from '../support/until.ts';
import { permit, type RouterWorld, routerContract } from './contract.ts';

const token = 'sample-secret';
const never = new AbortController().signal;

interface Sample {
  url: string;
  state: string;
  folder: string;
  process: Running;
}

/** Starts `sample/http-router.mjs` with blue live. `apply`: what moves traffic. */
async function startSample(apply: string): Promise<Sample> {
  const folder = await temporaryFolder();
  const state = join(folder, 'live.json');
  const port = await freePort();
  const env = {
    ...process.env,
    PORT: String(port),
    TOKEN: token,
    STATE: state,
    APPLY: apply,
    FOLDER: folder,
  };
  const running = await startProcess({
    command: process.execPath,
    args: ['sample/http-router.mjs'],
    env,
    ready: (output) => output().includes('listening'),
  });
  return { url: `http://127.0.0.1:${port}/`, state, folder, process: running };
}

async function stopSample({ process: running, folder }: Sample): Promise<void> {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The sample behind a proxy that loses answers, hangs and takes the token away. */
async function sampleWorld(): Promise<RouterWorld> {
  const sample = await startSample('true');
  const port = await freePort();
  let writes = 0;
  let lose = false;
  let hang = false;
  let refuse = false;
  const open = async (): Promise<Server> => {
    const made = createServer((came, back) => {
      void textOf(came).then((text) => {
        if (came.method === 'PUT') writes += 1;
        if (hang) return;
        const headers = refuse && came.method === 'PUT' ? { authorization: 'Bearer wrong' } : came.headers;
        const on = ask(sample.url, { method: came.method, headers }, (answer) => {
          void textOf(answer).then((said) => {
            if (lose && came.method === 'PUT') {
              lose = false;
              return came.socket.destroy();
            }
            back.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
            return back.end(said);
          });
        });
        on.on('error', () => came.socket.destroy());
        on.end(text);
      });
    });
    await listen(made, port);
    return made;
  };
  let proxy = await open();
  return {
    router: makeRouter(routerOptions.parse({ kind: 'http', url: `http://127.0.0.1:${port}/`, token })),
    could: 'unknown',
    mayLag: true,
    actual: async () => (JSON.parse(await readFile(sample.state, 'utf8')) as { color: string }).color,
    set: (color) => writeFile(sample.state, JSON.stringify({ color, epoch: 1 })),
    cut: () => closeServer(proxy),
    loseAnswer: () => {
      lose = true;
    },
    hang: () => {
      hang = true;
    },
    refuse: () => {
      refuse = true;
    },
    async restore() {
      [lose, hang, refuse] = [false, false, false];
      if (!proxy.listening) proxy = await open();
    },
    writes: () => writes,
    async stop() {
      await closeServer(proxy);
      await stopSample(sample);
    },
  };
}

routerContract('the sample of docs/http-router.md', sampleWorld);

describe('the sample router', () => {
  let sample: Sample;
  beforeAll(async () => {
    // Green waits for a file, blue fails when there is another.
    sample = await startSample(
      'if [ "$COLOR" = green ]; then until [ -e "$FOLDER/go" ]; do sleep 0.05; done; elif [ -e "$FOLDER/no" ]; then echo "nginx does not reload" >&2; exit 1; fi',
    );
  });
  afterAll(() => stopSample(sample));
  const router = () => makeRouter(routerOptions.parse({ kind: 'http', url: sample.url, token }));
  const says = async () => (await router().live(never))[0];

  it('takes a slow write with 202, says the old color until it is carried out, and keeps the order', async () => {
    expect(await router().point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await says()).toMatchObject({ heading: 'blue', epoch: 1 });
    expect(await router().point('blue', 1, permit())).toMatchObject([{ outcome: 'taken' }]);
    await writeFile(join(sample.folder, 'go'), '');
    expect(await router().point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    await until('green is shown', async () => (await says())?.heading === 'green');
  });

  it('takes equal and older epochs', async () => {
    expect(await router().point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await router().point('blue', 1, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await says()).toMatchObject({ heading: 'blue', epoch: 1 });
  });

  it('says why it was not carried out, and goes on saying where traffic goes', async () => {
    await writeFile(join(sample.folder, 'no'), '');
    expect(await router().point('green', 3, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await router().point('blue', 2, permit())).toMatchObject([
      { outcome: 'unclear', detail: 'answered 500: nginx does not reload' },
    ]);
    expect(await says()).toMatchObject({ heading: 'green', epoch: 3 });
  });
});
