import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { Workspace } from '../../packages/slack-double/src/index.ts';

/** A Bolt app that speaks to the workspace, with nothing registered yet; `listen` starts it. */
export interface Bot {
  app: App;
  listen(): Promise<void>;
  stop(): Promise<void>;
}

/** A real Bolt app in either mode. */
export function makeBot(slack: Workspace, mode: 'http' | 'socket'): Bot {
  const env = slack.env(mode);
  const clientOptions = {
    slackApiUrl: env['SLACK_API_URL'] ?? '',
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  const common = { token: env['SLACK_BOT_TOKEN'] ?? '', logLevel: LogLevel.ERROR, clientOptions };
  if (mode === 'socket') {
    const app = new App({
      ...common,
      socketMode: true,
      appToken: env['SLACK_APP_TOKEN'] ?? '',
      installerOptions: { clientOptions },
    });
    return { app, listen: async () => void (await app.start()), stop: async () => void (await app.stop()) };
  }
  const receiver = new HTTPReceiver({
    signingSecret: env['SLACK_SIGNING_SECRET'] ?? '',
    logLevel: LogLevel.ERROR,
    port: 0,
  });
  const app = new App({ ...common, receiver });
  return {
    app,
    async listen() {
      const server = (await app.start(0)) as Server;
      slack.delivers(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
    },
    stop: async () => void (await app.stop()),
  };
}
