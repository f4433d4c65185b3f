/** Checks Slack: tokens, scopes by name, channels, user groups, the signing secret, the clock. */
import type { Config } from '../config.ts';
import type { PinoLog } from '../log.ts';
import { proxiedFetch, proxyFor, shownProxy } from '../net/proxy.ts';
import type { Roles } from '../release/settings.ts';
import { makeClient } from '../slack/client.ts';
import type { SlackClient } from '../slack/client.ts';
import { groupTrouble } from '../slack/group-errors.ts';
import { scopeUses } from '../slack/scopes.ts';
import { tokenErrors } from '../slack/slack-errors.ts';
import { askSlack, behindProxy } from './ask-slack.ts';
import type { Failed } from './ask-slack.ts';
import { skewOf } from './clock.ts';
import { fine, skipped, warned, wrong } from './finding.ts';
import { examineSocket } from './socket.ts';
import type { Finding } from './finding.ts';

const reinstall =
  'add it under OAuth & Permissions → Bot Token Scopes (or paste manifest.yml again), then install the app to the workspace again';

/**
 * Checks everything about Slack. `now`: this machine's time, ms since 1970. `replicas`: the running replicas of the
 * bot.
 */
export async function* examineSlack(
  config: Config,
  log: PinoLog,
  now: () => number,
  replicas: () => Promise<number | undefined>,
): AsyncGenerator<Finding> {
  const { slack } = config;
  const quiet = { slackCall: () => undefined };
  const client = makeClient({ token: slack.botToken, apiUrl: slack.apiUrl, log, observe: quiet });
  yield* proxiesOf(config);
  yield signingSecret(config);
  const hello = await askSlack(client.auth.test());
  if (!hello.ok && hello.word === undefined) {
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
  yield* examineSocket(config, log, replicas);
  if (!hello.ok) {
    yield tokenTrouble(hello);
    const why = hello.passing ? 'Slack cannot be asked now' : 'the token is not valid';
    for (const name of ['scopes', 'channels', 'user groups']) yield skipped(name, why);
    return;
  }
  const { team, user, response_metadata: meta } = hello.answer;
  yield fine('Slack token', `valid: ${user ?? 'the bot'} in ${team ?? 'the workspace'}`);
  const granted = meta?.scopes && new Set(meta.scopes);
  yield* scopesOf(granted);
  yield* channels(config, client);
  if (granted?.has('usergroups:read') === false)
    yield skipped('user groups', 'the scope usergroups:read is missing');
  else yield* groups(config, client);
}

function tokenTrouble({ word = '', error, fix }: Failed): Finding {
  const copy = 'copy the Bot User OAuth Token (xoxb-…) of the installed app into SLACK_BOT_TOKEN';
  const other = 'the token is known: ask an admin of Slack why the app is blocked';
  return wrong('Slack token', error, fix ?? (tokenErrors.has(word) ? copy : other));
}

/** Checks the scopes. `granted`: the scopes of the token; undefined where the answer did not name them. */
function* scopesOf(granted: ReadonlySet<string> | undefined): Generator<Finding> {
  if (granted === undefined)
    return yield warned(
      'scopes',
      'not known: the answer has no header x-oauth-scopes',
      'make the proxy in front of Slack pass the headers of answers, or compare the app with manifest.yml',
    );
  const missing = Object.entries(scopeUses).filter(([scope]) => !granted.has(scope));
  for (const [scope, use] of missing)
    yield wrong(`scope ${scope}`, `is missing: ${use} would fail`, reinstall);
  if (missing.length === 0) yield fine('scopes', `all ${Object.keys(scopeUses).length} are granted`);
}

/** Reports which proxy is used for what, where the environment names one. */
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

async function clockAgainst(apiUrl: string, now: () => number): Promise<Finding> {
  const name = 'clock against Slack';
  const before = now();
  const date = await proxiedFetch(`${apiUrl}api.test`, {
    method: 'POST',
    signal: AbortSignal.timeout(10_000),
  })
    .then((answer) => Date.parse(answer.headers.get('date') ?? ''))
    .catch(() => Number.NaN);
  if (Number.isNaN(date)) return skipped(name, 'Slack sent no date');
  // The header has whole seconds, rounded down.
  return skewOf(
    name,
    (before + now()) / 2,
    date + 500,
    'beyond 5 minutes, Slack and the bot refuse each other’s requests',
  );
}

/** Every channel that may get a message, with its purpose. */
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
    const looked = await askSlack(client.conversations.info({ channel }));
    if (looked.ok) {
      const { is_archived: isArchived, name: called, ...seen } = looked.answer.channel ?? {};
      // Conversations of a few people are visible to members only, and do not report membership.
      const isMember = seen.is_member ?? (seen.is_mpim === true || seen.is_im === true);
      if (isArchived === true)
        yield wrong(name, `is archived (${of})`, 'unarchive it, or name another in the configuration');
      else if (isMember === true) yield fine(name, `the bot is in #${called ?? channel} (${of})`);
      else
        yield wrong(
          name,
          `the bot is not in #${called ?? channel} (${of})`,
          'type /invite @switchback in that channel',
        );
    } else if (looked.word === 'missing_scope')
      yield skipped(name, 'the scope to read channels of its kind is missing');
    else if (looked.word === 'channel_not_found')
      yield wrong(
        name,
        `is not there, or is private and the bot is not in it (${of})`,
        'type /invite @switchback in that channel, and compare the id with the one under “View channel details”',
      );
    else
      yield wrong(
        name,
        `${looked.error} (${of})`,
        looked.fix ?? 'see the error in Slack’s documentation of conversations.info',
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
    const looked = await askSlack(client.usergroups.users.list({ usergroup: group }));
    if (!looked.ok)
      yield wrong(name, `cannot be read: ${looked.error}`, looked.fix ?? groupTrouble(looked.word).cure);
    else if ((looked.answer.users ?? []).length === 0)
      yield wrong(name, 'has no members: nobody gets the role from it', 'add people to the group in Slack');
    else yield fine(name, `${looked.answer.users?.length ?? 0} members`);
  }
}
