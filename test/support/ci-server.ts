import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { DeployJob } from '../../src/release/ports.ts';
import { answerHostile } from './hostile-answers.ts';
import type { HostileAnswer } from './hostile-answers.ts';
import { closeServer, listen } from './listen.ts';
import { textOf } from './router-server.ts';

/** What a double says to one request; `begun`: it began a deploy. */
export interface CiAnswer {
  status: number;
  json?: unknown;
  /** In place of `json`. */
  text?: string;
  headers?: Record<string, string>;
  begun?: boolean;
}

export type CiJob = Pick<DeployJob, 'service' | 'color' | 'version' | 'release'>;
export type CiEnding = 'succeeded' | 'failed' | 'cancelled';

/** One deploy that a double began. */
export interface CiRun {
  readonly id: number;
  readonly job: CiJob;
  ending?: CiEnding;
  /** Somebody asked for its end. */
  canceling?: boolean;
}

/** What all doubles of systems that carry deploys out have in common. Change the levers at any time. */
export interface CiServer {
  readonly url: string;
  readonly runs: CiRun[];
  /** All that was asked, as `GET /path`. */
  readonly asked: string[];
  readonly levers: {
    loseAnswer: boolean;
    expired: boolean;
    hostile: HostileAnswer | undefined;
    /** The next calls are answered so, oldest first. */
    next: CiAnswer[];
    /** Runs that are cancelled go on all the same. */
    stubborn: boolean;
    /** How long a `POST` waits before it is carried out, and again before its answer leaves, ms. */
    pauseMs: (() => number) | undefined;
  };
  astray(): number;
  readonly begin: (job: CiJob) => CiRun;
  end(how: CiEnding): void;
  /** Somebody cancels a run: it ends so, unless it is stubborn or has ended. */
  cancel(run: CiRun): void;
  cut(): Promise<void>;
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a double on the loopback. `answer` holds its rules; a request that it does not know must be a 4xx. */
export async function startCiServer(
  answer: (request: IncomingMessage, url: URL, body: string, server: CiServer) => CiAnswer,
): Promise<CiServer> {
  let astray = 0;
  let nextId = 100;
  const http = createServer((request, response) => {
    const { levers } = server;
    const url = new URL(request.url ?? '/', server.url);
    if (url.pathname === '/elsewhere') {
      astray += 1;
      response.end();
      return;
    }
    if (levers.hostile !== undefined) {
      answerHostile(levers.hostile, request, response, `${server.url}/elsewhere`);
      return;
    }
    const pause = async (): Promise<void> => {
      if (request.method === 'POST' && levers.pauseMs) await setTimeout(levers.pauseMs());
    };
    void textOf(request).then(async (body) => {
      server.asked.push(`${request.method} ${url.pathname}`);
      await pause();
      const said = levers.next.shift() ?? answer(request, url, body, server);
      await pause();
      if (said.begun && levers.loseAnswer) {
        levers.loseAnswer = false;
        response.destroy();
        return;
      }
      response.writeHead(said.status, { 'content-type': 'application/json', ...said.headers });
      response.end(said.text ?? (said.json === undefined ? '' : JSON.stringify(said.json)));
    });
  });
  const port = await listen(http);
  const server: CiServer = {
    url: `http://127.0.0.1:${port}`,
    runs: [],
    asked: [],
    levers: {
      loseAnswer: false,
      expired: false,
      hostile: undefined,
      next: [],
      stubborn: false,
      pauseMs: undefined,
    },
    astray: () => astray,
    begin(job) {
      nextId += 1;
      const run: CiRun = { id: nextId, job };
      server.runs.push(run);
      return run;
    },
    end(how) {
      const newest = server.runs.at(-1);
      if (newest) newest.ending = how;
    },
    cancel(run) {
      run.canceling = true;
      if (!server.levers.stubborn) run.ending ??= 'cancelled';
    },
    cut: () => closeServer(http),
    async restore() {
      if (!http.listening) await listen(http, port);
      Object.assign(server.levers, {
        loseAnswer: false,
        expired: false,
        hostile: undefined,
        next: [],
        stubborn: false,
        pauseMs: undefined,
      });
      server.runs.length = 0;
      server.asked.length = 0;
      astray = 0;
    },
    stop: () => closeServer(http),
  };
  return server;
}
