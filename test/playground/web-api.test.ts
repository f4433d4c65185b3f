import { WebClient } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, Workspace } from '../../packages/slack-double/src/index.ts';
import { METHODS, openWorkspace } from '../../packages/slack-double/src/index.ts';
import { call } from './client.ts';
import { fixture } from './fixture.ts';

let slack: Workspace;
beforeEach(async () => {
  slack = await openWorkspace();
});
afterEach(() => slack.close());

const errorOf = async (method: string, args: JsonObject, token?: string) =>
  (await call(slack, method, args, token)).body['error'];
const post = async (channel: string, more: JsonObject = {}) =>
  (await call(slack, 'chat.postMessage', { channel, text: 'hello', ...more })).body;

describe('the Web API', () => {
  it('answers with the keys that Slack answers with', async () => {
    const { body: auth } = await call(slack, 'auth.test', {});
    for (const key of ['ok', 'url', 'team', 'user', 'team_id', 'user_id', 'bot_id', 'is_enterprise_install'])
      expect(auth).toHaveProperty(key);
    const { body: user } = await call(slack, 'users.info', { user: 'U0ANN' });
    const known = fixture('web-api/users.info.json')['user'] as JsonObject;
    for (const key of Object.keys(user['user'] as JsonObject)) expect(known).toHaveProperty(key);
    const { body: channel } = await call(slack, 'conversations.info', { channel: 'C0SHARED' });
    const real = fixture('web-api/conversations.info.json')['channel'] as JsonObject;
    for (const key of Object.keys(channel['channel'] as JsonObject)) expect(real).toHaveProperty(key);
    expect(channel).toMatchObject({ channel: { is_ext_shared: true, is_member: true, is_archived: false } });
  });

  it('speaks with the WebClient, whose blocks come JSON-encoded in a form', async () => {
    const client = new WebClient('xoxb-playground', { slackApiUrl: `${slack.origin}/api/` });
    const posted = await client.chat.postMessage({
      channel: 'C0RELEASES',
      text: 'card',
      blocks: [{ type: 'header', text: { type: 'plain_text', text: 'Staged' } }],
    });
    expect(posted.message?.blocks).toMatchObject([
      { type: 'header', block_id: expect.any(String) as string },
    ]);
    const link = await client.chat.getPermalink({ channel: 'C0RELEASES', message_ts: posted.ts ?? '' });
    expect(link.permalink).toBe(
      `https://play.slack.com/archives/C0RELEASES/p${(posted.ts ?? '').replace('.', '')}`,
    );
    expect(
      await client.conversations.members({ channel: 'C0SECRET' }).catch((error: Error) => error.message),
    ).toContain('channel_not_found');
    expect((await client.usergroups.users.list({ usergroup: 'S0LEADS' })).users).toEqual(['U0BOB', 'U0CLEO']);
    expect((await client.usergroups.list({ include_users: true })).usergroups).toHaveLength(2);
    expect((await client.team.info()).team?.id).toBe('T0PLAY');
    const { channel } = await client.conversations.open({ users: 'U0ANN' });
    await client.chat.postMessage({ channel: channel?.id ?? '', text: 'psst' });
    expect(slack.dm('ann').messages()).toHaveLength(1);
    expect(slack.notifications('ann')).toHaveLength(1);
  });

  it('refuses unknown methods, and tokens that are missing, wrong, revoked or of the wrong kind', async () => {
    expect(await errorOf('chat.shout', {})).toBe('unknown_method');
    expect(await errorOf('auth.test', {}, '')).toBe('not_authed');
    expect(await errorOf('auth.test', {}, 'xoxb-other')).toBe('invalid_auth');
    expect(await errorOf('apps.connections.open', {})).toBe('not_allowed_token_type');
    expect(await errorOf('auth.test', {}, 'xapp-playground')).toBe('not_allowed_token_type');
    slack.levers.revokeToken();
    expect(await errorOf('auth.test', {})).toBe('token_revoked');
    slack.levers.restoreToken();
    expect(await errorOf('auth.test', {})).toBeUndefined();
  });

  it('refuses what the scopes do not cover, and says which is needed', async () => {
    const small = await openWorkspace({ scopes: ['chat:write', 'channels:read'] });
    const { body } = await call(small, 'usergroups.list', {});
    expect(body).toMatchObject({
      error: 'missing_scope',
      needed: 'usergroups:read',
      provided: 'chat:write,channels:read',
    });
    expect((await call(small, 'conversations.info', { channel: 'C0RELEASES' })).body['ok']).toBe(true);
    small.world.channel('secret').members.add('U0SWITCHBOT');
    expect((await call(small, 'conversations.info', { channel: 'C0SECRET' })).body).toMatchObject({
      error: 'missing_scope',
      needed: 'groups:read',
    });
    const answer = await small.person('ann').types('#releases', '/release help');
    expect(answer.error).toBe('unknown_command');
    await small.close();
  });

  it('knows channels as the bot may know them', async () => {
    expect(await errorOf('chat.postMessage', { channel: 'C0NOWHERE', text: 'x' })).toBe('channel_not_found');
    expect(await errorOf('chat.postMessage', { channel: 'C0SECRET', text: 'x' })).toBe('channel_not_found');
    expect(await errorOf('chat.postMessage', { channel: 'C0GENERAL', text: 'x' })).toBe('not_in_channel');
    expect(await errorOf('chat.postMessage', { channel: 'C0ATTIC', text: 'x' })).toBe('is_archived');
    expect(await errorOf('chat.postEphemeral', { channel: 'C0RELEASES', user: 'U0EVE', text: 'x' })).toBe(
      'user_not_in_channel',
    );
    expect(await errorOf('conversations.open', { users: 'U0GUS' })).toBe('user_disabled');
    expect(await errorOf('conversations.open', { users: 'U0ROBOT' })).toBe('cannot_dm_bot');
  });

  it('edits only the bot’s own messages, and never ephemeral ones', async () => {
    const theirs = slack.person('ann').says('#releases', 'mine');
    const { body: secret } = await call(slack, 'chat.postEphemeral', {
      channel: 'C0RELEASES',
      user: 'U0ANN',
      text: 'x',
    });
    const edit = (ts: unknown) =>
      errorOf('chat.update', { channel: 'C0RELEASES', ts: String(ts), text: 'new' });
    expect(await edit(theirs.ts)).toBe('cant_update_message');
    expect(await edit(secret['message_ts'])).toBe('message_not_found');
    expect(await edit('1.000001')).toBe('message_not_found');
    expect(await errorOf('chat.delete', { channel: 'C0RELEASES', ts: theirs.ts })).toBe(
      'cant_delete_message',
    );
  });

  it('removes the blocks when an edit gives only text, and notifies nobody of an edit', async () => {
    const posted = await post('C0RELEASES', { blocks: [{ type: 'divider' }] });
    await call(slack, 'chat.update', {
      channel: 'C0RELEASES',
      ts: posted['ts'] ?? '',
      text: 'ping <@U0ANN>',
    });
    const [message] = slack.channel('#releases').messages();
    expect(message).toMatchObject({ text: 'ping <@U0ANN>', edits: 1, edited: { user: 'U0SWITCHBOT' } });
    expect(message).not.toHaveProperty('blocks');
    expect(slack.notifications('ann')).toEqual([]);
  });

  it('keeps replies in their thread, a reply to a reply too, and shows broadcast ones in the channel', async () => {
    const parent = await post('C0RELEASES');
    const ts = slack.channel('#releases').messages()[0]?.ts ?? '';
    const reply = await post('C0RELEASES', { thread_ts: parent['ts'] ?? '' });
    await post('C0RELEASES', { thread_ts: reply['ts'] ?? '', reply_broadcast: true });
    expect(slack.channel('#releases').thread(ts)).toHaveLength(2);
    expect(slack.channel('#releases').messages()).toHaveLength(2);
    expect(
      await errorOf('chat.postMessage', { channel: 'C0RELEASES', text: 'x', thread_ts: '1.000001' }),
    ).toBe('thread_not_found');
  });

  it('allows a burst of posts a channel, then one a second, and says when to come again', async () => {
    for (let count = 0; count < 5; count += 1) expect((await post('C0RELEASES'))['ok']).toBe(true);
    const limited = await call(slack, 'chat.postMessage', { channel: 'C0RELEASES', text: 'x' });
    expect(limited).toMatchObject({ status: 429, retryAfter: '1', body: { error: 'ratelimited' } });
    expect((await post('C0CHECKOUT'))['ok']).toBe(true);
    slack.passes(1_000);
    expect((await post('C0RELEASES'))['ok']).toBe(true);
    expect(slack.violations).toEqual([]);
  });

  it('limits the methods of tier 2 and 3 for the whole workspace', async () => {
    for (let count = 0; count < 20; count += 1)
      expect((await call(slack, 'usergroups.list', {})).status).toBe(200);
    expect(await call(slack, 'usergroups.list', {})).toMatchObject({ status: 429, retryAfter: '3' });
    expect(METHODS['chat.update']?.perMinute).toBe(50);
  });

  it('refuses bodies above 4 MiB', async () => {
    const response = await fetch(`${slack.origin}/api/auth.test`, {
      method: 'POST',
      body: 'x'.repeat(4 * 1024 * 1024 + 1),
    }).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
    expect(slack.calls('auth.test')).toEqual([]);
  });
});

describe('the levers', () => {
  it('answer 429 to everything for a while', async () => {
    slack.levers.rateLimit(10_000);
    expect(await call(slack, 'auth.test', {})).toMatchObject({ status: 429, retryAfter: '10' });
    slack.passes(10_000);
    expect((await call(slack, 'auth.test', {})).status).toBe(200);
  });

  it('answer 429 to every second call of each method', async () => {
    slack.levers.stutter();
    const statuses = async (method: string): Promise<number> => (await call(slack, method, {})).status;
    expect(await call(slack, 'auth.test', {})).toMatchObject({ status: 429, retryAfter: '1' });
    expect(await statuses('team.info')).toBe(429);
    expect([await statuses('auth.test'), await statuses('auth.test')]).toEqual([200, 429]);
    slack.levers.stutter(false);
    expect([await statuses('auth.test'), await statuses('auth.test')]).toEqual([200, 200]);
  });

  it('take Slack down in each of its ways', async () => {
    slack.levers.down('http-503', { times: 1 });
    await expect(call(slack, 'auth.test', {})).rejects.toThrow('JSON');
    slack.levers.down('internal_error', { times: 1 });
    expect(await errorOf('auth.test', {})).toBe('internal_error');
    slack.levers.down('reset', { method: 'auth.test' });
    await expect(call(slack, 'auth.test', {})).rejects.toThrow('fetch failed');
    expect((await post('C0RELEASES'))['ok']).toBe(true);
    slack.levers.up();
    expect((await call(slack, 'auth.test', {})).status).toBe(200);
  });

  it('lose an answer after the call was carried out', async () => {
    slack.levers.down('lost-answer', { times: 1 });
    await expect(post('C0RELEASES')).rejects.toThrow('fetch failed');
    expect(slack.channel('#releases').messages()).toHaveLength(1);
  });

  it('keep the caller waiting although the call was carried out', async () => {
    slack.levers.down('no-answer', { times: 1 });
    let answered = false;
    const waiting = post('C0RELEASES').then(
      () => (answered = true),
      () => undefined,
    );
    await slack.until(() => slack.channel('#releases').messages().length === 1);
    expect((await call(slack, 'auth.test', {})).status).toBe(200);
    expect(answered).toBe(false);
    await slack.close();
    await waiting;
    expect(answered).toBe(false);
  });

  it('slow a method down', async () => {
    slack.levers.slow('auth.test', 120);
    const startedAt = performance.now();
    await call(slack, 'auth.test', {});
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
  });
});
