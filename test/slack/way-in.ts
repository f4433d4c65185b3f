import type { AddressInfo } from 'node:net';
import type { Answer, Catalog, Configured } from '../../src/release/command.ts';
import type { AlertCommand, Command } from '../../src/release/verbs/index.ts';
import { makeLobby } from '../../src/net/lobby.ts';
import { makeLog } from '../../src/log.ts';
import { systemClock } from '../../src/release/clock.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { makeMetrics } from '../../src/http/metrics.ts';
import { makeServer } from '../../src/http/server.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { Roles } from '../../src/release/settings.ts';
import { startSlackApp } from '../../src/slack/app.ts';
import { makeClient } from '../../src/slack/client.ts';
import type { SlackState } from '../../src/slack/client.ts';
import { groupsFrom } from '../../src/slack/groups.ts';
import { learnIdentity } from '../../src/slack/identity.ts';
import { makePeople } from '../../src/slack/people.ts';
import { makeTeamMembership, userInfoFrom } from '../../src/slack/membership.ts';
import type { Desk } from '../../src/slack/subcommands/subcommand.ts';

/** A configured service with everything at its default. */
export function configured(more: object = {}): Configured {
  const raw = {
    colors: { blue: { url: 'http://127.0.0.1:1' }, green: { url: 'http://127.0.0.1:2' } },
    router: { kind: 'http' },
    health: [{ kind: 'http', path: '/' }],
    ...more,
  };
  return { settings: settingsSchema.parse(raw), raw, digest: 'd', seal: 's' };
}

/** A catalog of the services given. */
export function catalogOf(services: Record<string, Configured>): Catalog {
  const known = new Map(Object.entries(services));
  return {
    names: () => [...known.keys()],
    find: (service) => known.get(service),
    stored: () => configured(),
    vouchesFor: () => true,
    channelOf: (settings) => settings.channel ?? 'C0RELEASES',
  };
}

/** The real way in over a pretend Slack, with `submit` in the test's hands. */
export async function openWayIn(
  mode: 'http' | 'socket',
  options: {
    roles?: Roles;
    metricsToken?: string;
    services?: Record<string, Configured>;
    slackIsAway?: boolean;
  } = {},
) {
  const slack: Workspace = await openWorkspace();
  if (options.slackIsAway === true) slack.levers.down('reset');
  const env = slack.env(mode);
  const logged: string[] = [];
  const log = makeLog({ destination: { write: (text: string) => void logged.push(text) } });
  const { store, outbox } = openMemory();
  const metrics = makeMetrics(() => outbox.depth());
  const state: SlackState = { accepted: false };
  const observe = metrics;
  const token = env['SLACK_BOT_TOKEN'] ?? '';
  const apiUrl = env['SLACK_API_URL'] ?? '';
  const client = makeClient({ token, apiUrl, log, observe }, state);
  const ending = new AbortController();
  const identity = learnIdentity(client, state, { clock: systemClock, log, signal: ending.signal });
  const roles = options.roles ?? { operator: ['*'], approver: ['*'], admin: ['*'] };
  const team = (): string | undefined => identity.current()?.team;
  const userInfo = userInfoFrom(client, { clock: systemClock, log });
  const standing = makeTeamMembership({ team, userInfo, clock: systemClock });
  const people = makePeople({
    roles,
    ...groupsFrom(client, log),
    team,
    standing,
    store,
    clock: systemClock,
  });
  const commands: (AlertCommand | Command)[] = [];
  const wayIn = {
    submit: (command: AlertCommand | Command): Promise<Answer> =>
      Promise.resolve({ ok: true, text: [`${command.verb} ${command.service}: accepted`] }),
  };
  const desk: Desk = {
    diff: async () => ({ why: [] }),
    store,
    catalog: catalogOf(options.services ?? { checkout: configured() }),
    people,
    async submit(command) {
      commands.push(command);
      return wayIn.submit(command);
    },
    inspect: async () => ({ promote: [], revert: [] }),
    compare: async () => ({ live: null, why: [] }),
    log,
  };
  const app = startSlackApp({
    mode:
      mode === 'http'
        ? { kind: 'http', signingSecret: env['SLACK_SIGNING_SECRET'] ?? '' }
        : { kind: 'socket', appToken: env['SLACK_APP_TOKEN'] ?? '' },
    token,
    apiUrl,
    client,
    identity,
    standing,
    state,
    desk,
    outbox,
    defaultChannel: 'C0RELEASES',
    replicas: async () => 1,
    lists: () => [roles],
    clock: systemClock,
    log,
    observe,
    lobby: makeLobby(() => performance.now()),
  });
  const server = makeServer({
    slack: app.request,
    readiness: { ping: () => store.ping(), slack: () => state, adopted: () => true },
    metrics,
    metricsToken: options.metricsToken,
    log,
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (mode === 'http') slack.delivers(`${origin}/slack/events`);
  if (options.slackIsAway !== true)
    await slack.until(() => state.accepted && (mode === 'http' || slack.sockets.count() > 0));
  return {
    slack,
    origin,
    store,
    outbox,
    desk,
    commands,
    logged,
    state,
    client,
    /** Replaces what `submit` does. */
    submits(submit: (command: AlertCommand | Command) => Promise<Answer>): void {
      wayIn.submit = submit;
    },
    async close(): Promise<void> {
      ending.abort();
      await app.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await slack.close();
    },
  };
}

export type WayIn = Awaited<ReturnType<typeof openWayIn>>;
