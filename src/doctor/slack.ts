/** What can be wrong with Slack: tokens, scopes by name, channels, user groups, the signing secret, the clock. */
import { webApi } from '@slack/bolt';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { codeOf, explain, innermost } from '../net/explain.ts';
import { proxiedFetch, proxyFor, shownProxy } from '../net/proxy.ts';
import type { Roles } from '../release/settings.ts';
import { makeClient } from '../slack/client.ts';
import type { SlackClient } from '../slack/client.ts';
import { scopeUses } from '../slack/scopes.ts';
import { skewOf } from './clock.ts';
import { fine, skipped, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

/** Slack's error code, or why there was no answer and what to do about that. */
interface Failed {
  error: string;
  answered: boolean;
  fix?: string;
}

type Asked<T> = { ok: true; answer: T } | ({ ok: false } & Failed);

async function ask<T>(question: Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, answer: await question };
  } catch (cause) {
    const { data } = cause as { data?: { error?: unknown } };
    if (typeof data?.error === 'string') return { ok: false, error: data.error, answered: true };
    return { ok: false, answered: false, ...unanswered(cause) };
  }
}

const behindProxy =
  'let this machine reach it by HTTPS, or name a proxy in HTTPS_PROXY; with a proxy, check its rules';

/** The library says no more than that a request failed; below it lies why. */
function unanswered(cause: unknown): { error: string; fix: string } {
  if (cause instanceof webApi.WebAPIHTTPError)
    return {
      error: `answered with HTTP status ${cause.statusCode}`,
      fix: 'check SLACK_API_URL, and whether a proxy answers in Slack’s place',
    };
  const root = innermost(cause);
  if (root instanceof Error && root.name === 'TimeoutError')
    return { error: 'no answer in time', fix: behindProxy };
  // Only what the library wrapped around it has a code: then its own words are all there is.
  const known = root !== cause || !(root instanceof webApi.WebAPIRequestError);
  const code = known ? codeOf(root) : undefined;
  const error = known ? explain(root) : root.original.message;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { error, fix: 'check the name servers of this machine, and SLACK_API_URL where it is set' };
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code ?? ''))
    return {
      error,
      fix: 'behind a proxy that opens TLS, give the certificate of its authority in NODE_EXTRA_CA_CERTS',
    };
  return { error, fix: behindProxy };
}

const reinstall =
  'add it under OAuth & Permissions → Bot Token Scopes (or paste manifest.yml again), then install the app to the workspace again';

/** Looks at everything of Slack. `now`: ms since 1970 by this machine. */
export async function* examineSlack(config: Config, log: Log, now: () => number): AsyncGenerator<Finding> {
  const { slack } = config;
  const quiet = { slackCall: () => undefined };
  const client = makeClient({ token: slack.botToken, apiUrl: slack.apiUrl, log, observe: quiet });
  yield* proxiesOf(config);
  yield signingSecret(config);
  const hello = await ask(client.auth.test());
  if (!hello.ok && !hello.answered) {
    yield wrong(
      'Slack',
      `cannot be reached at ${new URL(slack.apiUrl).origin} (${hello.error})`,
      hello.fix ?? behindProxy,
    );
    for (const name of ['Slack token', 'scopes', 'channels', 'user groups', 'clock against Slack'])
      yield skipped(name, 'Slack cannot be reached');
    return;
  }
  yield await clockAgainst(slack.apiUrl, now);
  yield* socketToken(config, log);
  if (!hello.ok) {
    yield wrong(
      'Slack token',
      `Slack says ${hello.error}`,
      'copy the Bot User OAuth Token (xoxb-…) of the installed app into SLACK_BOT_TOKEN',
    );
    for (const name of ['scopes', 'channels', 'user groups']) yield skipped(name, 'the token is not valid');
    return;
  }
  const { team, user, response_metadata: meta } = hello.answer;
  yield fine('Slack token', `valid: ${user ?? 'the bot'} in ${team ?? 'the workspace'}`);
  const granted = new Set(meta?.scopes ?? []);
  const missing = Object.entries(scopeUses).filter(([scope]) => !granted.has(scope));
  for (const [scope, use] of missing)
    yield wrong(`scope ${scope}`, `is missing: ${use} would fail`, reinstall);
  if (missing.length === 0) yield fine('scopes', `all ${Object.keys(scopeUses).length} are granted`);
  yield* channels(config, client);
  if (granted.has('usergroups:read')) yield* groups(config, client);
  else yield skipped('user groups', 'the scope usergroups:read is missing');
}

/** Which proxy is used for what, where the environment names one. */
function* proxiesOf({ proxies, slack }: Config): Generator<Finding> {
  const { https, http, none } = proxies;
  if (https === undefined && http === undefined) return;
  const words = (proxy: URL | undefined): string =>
    proxy === undefined ? 'directly' : `through ${shownProxy(proxy)}`;
  const used = `Slack ${words(proxyFor(new URL(slack.apiUrl), proxies))}, other https ${words(https)}, http ${words(http)}`;
  yield fine(
    'proxy',
    `${used}; directly: Redis, HAProxy, this machine${none.map((entry) => `, ${entry}`).join('')}`,
  );
}

function signingSecret({ slack }: Config): Finding {
  const name = 'signing secret';
  if (slack.mode === 'socket') return skipped(name, 'not used in Socket Mode');
  if (/^[0-9a-f]{32}$/.test(slack.signingSecret ?? '')) return fine(name, '32 hexadecimal digits');
  const length = slack.signingSecret?.length ?? 0;
  return wrong(
    name,
    `has ${length} characters and not the form of Slack's: 32 hexadecimal digits`,
    'copy Basic Information → Signing Secret into SLACK_SIGNING_SECRET, not the client secret or the verification token',
  );
}

async function* socketToken({ slack }: Config, log: Log): AsyncGenerator<Finding> {
  const name = 'Socket Mode token';
  if (slack.appToken === undefined) return;
  const quiet = { slackCall: () => undefined };
  const client = makeClient({ token: slack.appToken, apiUrl: slack.apiUrl, log, observe: quiet });
  const opened = await ask(client.apps.connections.open({}));
  if (opened.ok) yield fine(name, 'Slack would open a connection');
  else if (opened.error === 'missing_scope')
    yield wrong(
      name,
      'has not the scope connections:write',
      'make an app-level token with connections:write (Basic Information → App-Level Tokens) and put it into SLACK_APP_TOKEN',
    );
  else
    yield wrong(
      name,
      `Slack says ${opened.error}`,
      'turn Socket Mode on for the app, and copy an app-level token (xapp-…) into SLACK_APP_TOKEN',
    );
}

async function clockAgainst(apiUrl: string, now: () => number): Promise<Finding> {
  const name = 'clock against Slack';
  const before = now();
  const date = await proxiedFetch(`${apiUrl}api.test`, {
    method: 'POST',
    signal: AbortSignal.timeout(10_000),
  })
    .then((answer) => Date.parse(answer.headers.get('date') ?? ''))
    .catch(() => Number.NaN);
  if (Number.isNaN(date)) return skipped(name, 'Slack told no date');
  // The header has whole seconds, cut off.
  return skewOf(name, (before + now()) / 2, date + 500, 'Slack refuses, and is refused, beyond 5 minutes');
}

/** Every channel that a message may go to, with what it is for. */
function channelsOf(config: Config): Map<string, string[]> {
  const uses = new Map<string, string[]>([[config.slack.channel, ['the default channel']]]);
  for (const service of config.catalog.names()) {
    const settings = config.catalog.find(service)?.settings;
    const channel = settings?.channel;
    if (channel !== undefined) uses.set(channel, [...(uses.get(channel) ?? []), service]);
  }
  return uses;
}

async function* channels(config: Config, client: SlackClient): AsyncGenerator<Finding> {
  for (const [channel, uses] of channelsOf(config)) {
    const name = `channel ${channel}`;
    const of = uses.join(', ');
    const looked = await ask(client.conversations.info({ channel }));
    if (looked.ok) {
      const { is_member: isMember, is_archived: isArchived, name: called } = looked.answer.channel ?? {};
      if (isArchived === true)
        yield wrong(name, `is archived (${of})`, 'unarchive it, or name another in the configuration');
      else if (isMember === true) yield fine(name, `the bot is in #${called ?? channel} (${of})`);
      else
        yield wrong(
          name,
          `the bot is not in #${called ?? channel} (${of})`,
          'type /invite @switchback in that channel',
        );
    } else if (looked.error === 'missing_scope')
      yield skipped(name, 'the scope to read channels of its kind is missing');
    else if (looked.error === 'channel_not_found')
      yield wrong(
        name,
        `is not there, or is private and the bot is not in it (${of})`,
        'type /invite @switchback in that channel, and compare the id with the one under “View channel details”',
      );
    else
      yield wrong(
        name,
        `Slack says ${looked.error} (${of})`,
        'see the error in Slack’s documentation of conversations.info',
      );
  }
}

function groupsOf(config: Config): Set<string> {
  const lists: Roles[] = [config.roles];
  for (const service of config.catalog.names()) {
    const settings = config.catalog.find(service)?.settings;
    if (settings) lists.push(settings.roles);
  }
  const entries = lists.flatMap(({ operator = [], approver = [], admin = [] }) => [
    ...operator,
    ...approver,
    ...admin,
  ]);
  return new Set(entries.filter((entry) => entry.startsWith('S')));
}

async function* groups(config: Config, client: SlackClient): AsyncGenerator<Finding> {
  for (const group of groupsOf(config)) {
    const name = `user group ${group}`;
    const looked = await ask(client.usergroups.users.list({ usergroup: group }));
    if (!looked.ok)
      yield wrong(
        name,
        `cannot be read (${looked.error})`,
        'compare its id in the configuration with the group in Slack (People → User groups → Copy group ID)',
      );
    else if ((looked.answer.users ?? []).length === 0)
      yield wrong(name, 'has no members: nobody holds the role by it', 'add people to the group in Slack');
    else yield fine(name, `${looked.answer.users?.length ?? 0} members`);
  }
}
