/** Wires the parts together: configuration in, a running bot out. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { adapterMaker, loadPackages, sweepMaker } from './adapters.ts';
import { alertsRoute } from './alerts/route.ts';
import { makeSenders } from './alerts/senders.ts';
import type { Config } from './config.ts';
import { importFirst, makeImporter } from './break-glass/import.ts';
import { makeMetrics } from './http/metrics.ts';
import { makeServer } from './http/server.ts';
import type { PinoLog } from './log.ts';
import { makeLobby } from './net/lobby.ts';
import { useProxies } from './net/proxy.ts';
import { systemClock } from './release/clock.ts';
import { tellConfigurations } from './release/configurations.ts';
import { compareNow } from './release/evidence/compare-now.ts';
import { diffNow } from './release/mirror/diff.ts';
import { explainGates } from './release/explain-gates.ts';
import { makeLedger } from './release/accepted-commands.ts';
import type { Parts } from './release/parts.ts';
import { newRemembered } from './release/known-services.ts';
import { alertDue } from './release/alerts/port.ts';
import type { AlertStore } from './release/alerts/port.ts';
import { isKnownTo, makeTake } from './release/alerts/take.ts';
import { takingAgain } from './release/alerts/take-again.ts';
import { doDueAlertWork } from './release/alerts/due-work.ts';
import { run } from './release/run.ts';
import type { Sender } from './release/run.ts';
import type { EvidenceStore } from './release/evidence/port.ts';
import type { SenderNotes } from './release/sender-notes.ts';
import type { Roles } from './release/settings.ts';
import type { Agenda, Outbox, Store } from './release/store.ts';
import { makeSubmit } from './release/submit.ts';
import { startSlackApp } from './slack/app.ts';
import { makeSender } from './slack/outbox-sender.ts';
import { makeClient } from './slack/client.ts';
import { groupsFrom } from './slack/groups.ts';
import type { SlackState } from './slack/client.ts';
import { learnIdentity } from './slack/identity.ts';
import { makePeople } from './slack/people.ts';
import { makeTeamMembership, userInfoFrom } from './slack/membership.ts';

/** The storage of the state; see `openRedis` and `openMemory`. */
export interface Storage {
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  alerts: AlertStore;
  senders: SenderNotes;
  evidence: EvidenceStore;
  /** Replicas of the bot that share this storage now; undefined or absent: unknown. */
  bots?: () => Promise<number | undefined>;
}

/** A running bot. */
export interface Bot {
  /** The port of its HTTP server. */
  port: number;
  /** Stops: no new work; the present steps end or are handed over. Resolves within about 8 s. */
  stop(): Promise<void>;
}

/** Starts the bot. Rejects only when the port is not available: Redis, Slack and routers may be unavailable. */
export async function startBot(
  config: Config,
  { store, agenda, outbox, alerts, senders, evidence, bots }: Storage,
  log: PinoLog,
): Promise<Bot> {
  useProxies(config.proxies);
  const clock = systemClock;
  const { slack, catalog, names } = config;
  await loadPackages(catalog.names().map((name) => catalog.find(name)?.raw));
  const driver = randomUUID();
  const ending = new AbortController();
  const { signal } = ending;
  const metrics = makeMetrics(() => outbox.depth());
  const state: SlackState = { accepted: false };
  const client = makeClient({ token: slack.botToken, apiUrl: slack.apiUrl, log, observe: metrics }, state);
  const identity = learnIdentity(client, state, { clock, log, signal });
  const team = (): string | undefined => identity.current()?.team;
  const standing = makeTeamMembership({ team, userInfo: userInfoFrom(client, { clock, log }), clock });
  const people = makePeople({
    roles: config.roles,
    ...groupsFrom(client, log),
    team,
    standing,
    store,
    clock,
  });
  const parts: Parts = {
    store,
    agenda,
    outbox,
    alerts,
    evidence,
    catalog,
    people,
    clock,
    driver,
    adapters: adapterMaker(names),
    sweep: sweepMaker(names),
    remembered: newRemembered(),
    log,
    observe: metrics,
  };
  const alertParts = {
    alerts,
    evidence,
    store,
    catalog,
    people,
    log,
    defaultChannel: slack.channel,
    elsewhere: () => parts.remembered.elsewhere,
    look: (channel?: string) => running.wake.look(channel),
  };
  const sendMessages = makeSender({
    client,
    store,
    alerts,
    evidence,
    agenda,
    outbox,
    catalog,
    people,
    identity: () => identity.current(),
    clock,
    log,
    defaultChannel: slack.channel,
  });
  const isSource = (name: string): boolean => Object.hasOwn(config.alerts.sources, name);
  const send: Sender = async (name, token, over) => {
    if (!name.startsWith(alertDue)) return sendMessages(name, token, over);
    await doDueAlertWork({ ...parts, ...alertParts, isSource }, name.slice(alertDue.length), over);
    await agenda.done(name, token);
  };
  const sender = Object.assign(send, { look: (channel?: string) => sendMessages.look?.(channel) });
  const importer = config.stateDir === undefined ? undefined : makeImporter(parts, config.stateDir, signal);
  const running = run({ ...parts, agenda: importer ? importFirst(agenda, importer) : agenda }, sender);
  void tellConfigurations(
    parts,
    { digest: config.digest, services: catalog.names(), sources: Object.keys(config.alerts.sources) },
    slack.channel,
    signal,
  );
  const submit = makeSubmit(parts, running.wake);
  const lobby = makeLobby(() => clock.mono());
  const app = startSlackApp({
    mode:
      slack.mode === 'http'
        ? { kind: 'http', signingSecret: slack.signingSecret ?? '' }
        : { kind: 'socket', appToken: slack.appToken ?? '' },
    token: slack.botToken,
    apiUrl: slack.apiUrl,
    client,
    identity,
    standing,
    state,
    desk: {
      store,
      catalog,
      people,
      submit,
      inspect: (...asked) => explainGates(parts, ...asked),
      compare: (service) => compareNow(parts, service, signal),
      diff: (service) => diffNow(parts, service),
      log,
    },
    outbox,
    defaultChannel: slack.channel,
    replicas: async () => bots?.(),
    lists: function* (): Generator<Roles> {
      yield config.roles;
      for (const name of catalog.names()) {
        const found = catalog.find(name);
        if (found) yield found.settings.roles;
      }
    },
    clock,
    log,
    observe: metrics,
    lobby,
  });
  const hears = makeSenders({
    sources: config.alerts.sources,
    notes: senders,
    outbox,
    clock,
    log,
    channel: slack.channel,
    look: () => running.wake.look(),
  });
  void hears.watch(signal);
  const server = makeServer({
    slack: app.request,
    readiness: {
      ping: () => store.ping(),
      replicas: () => store.liveReplicas?.(),
      slack: () => state,
      adopted: () => parts.remembered.firstLook.done(),
    },
    metrics,
    metricsToken: config.http.metricsToken,
    others: [
      alertsRoute({
        sources: config.alerts.sources,
        isElsewhere: (name) => parts.remembered.elsewhere?.sources.has(name) === true,
        take: takingAgain(makeTake(alertParts, clock), makeLedger(store.server, parts, signal), clock),
        isService: isKnownTo(alertParts),
        hears,
        lobby,
        observe: metrics,
        clock,
        log,
      }),
    ],
    log,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.http.port, config.http.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info(
    { port, mode: slack.mode, services: catalog.names().length, replica: driver },
    'Switchback is running',
  );
  return {
    port,
    async stop() {
      server.close();
      await app.stop();
      await running.stop();
      ending.abort();
      server.closeAllConnections();
    },
  };
}
