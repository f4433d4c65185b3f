import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject, Workspace } from '../../packages/slack-double/src/index.ts';
import { openWorkspace, signature, signedHeaders } from '../../packages/slack-double/src/index.ts';
import { call } from './client.ts';
import { fixture } from './fixture.ts';

/** Only workspaces that belong to an organisation have these. */
const ofOrganisations = ['enterprise_id', 'enterprise_name'];

/** Keys that Slack sends and `ours` lacks, as paths. */
function missing(real: JsonObject, ours: JsonObject, at = ''): string[] {
  return Object.entries(real).flatMap(([key, value]) => {
    if (ofOrganisations.includes(key)) return [];
    const mine = ours[key];
    if (mine === undefined) return [`${at}.${key}`];
    const first = (list: unknown) => (Array.isArray(list) ? (list[0] as JsonObject) : (list as JsonObject));
    const isDeep = typeof value === 'object' && value !== null && key !== 'blocks' && key !== 'state';
    return isDeep && first(value) && typeof first(value) === 'object'
      ? missing(first(value), first(mine), `${at}.${key}`)
      : [];
  });
}

describe('the payloads that the bot gets', () => {
  let slack: Workspace;
  let close: () => void;

  beforeEach(async () => {
    slack = await openWorkspace();
    const ears = createServer((request, response) => request.resume().on('end', () => response.end()));
    await new Promise<void>((resolve) => ears.listen(0, '127.0.0.1', resolve));
    slack.delivers(`http://127.0.0.1:${(ears.address() as AddressInfo).port}/slack/events`);
    close = () => ears.close().closeAllConnections();
  });
  afterEach(async () => {
    await slack.close();
    close();
  });

  const last = () => slack.captured.at(-1)?.payload ?? {};
  const button: JsonObject = {
    type: 'button',
    action_id: 'a',
    value: 'v',
    text: { type: 'plain_text', text: 'Go' },
  };
  const card: JsonObject[] = [{ type: 'actions', block_id: 'b', elements: [button] }];
  const modal: JsonObject = {
    type: 'modal',
    title: { type: 'plain_text', text: 'Force' },
    submit: { type: 'plain_text', text: 'Force' },
    close: { type: 'plain_text', text: 'Cancel' },
    notify_on_close: true,
    blocks: [
      {
        type: 'input',
        block_id: 'why',
        label: { type: 'plain_text', text: 'Why' },
        element: { type: 'plain_text_input', action_id: 'reason' },
      },
    ],
  };

  async function openModal() {
    await slack.person('ann').types('#releases', '/release');
    await call(slack, 'views.open', { trigger_id: last()['trigger_id'] ?? '', view: modal });
    return slack.until(() => slack.person('ann').view());
  }

  it('have every key of a recorded slash command, and no others', async () => {
    await slack.person('ann').types('#releases', '/release stage checkout 1.2.3');
    expect(
      missing(fixture('slash_command.slash_command_body.form.json')['parsed'] as JsonObject, last()),
    ).toEqual([]);
    expect(Object.keys(fixture('SlashCommandPayload.json'))).toEqual(
      expect.arrayContaining(Object.keys(last())),
    );
    expect(slack.captured.at(-1)?.headers?.['content-type']).toBe('application/x-www-form-urlencoded');
    expect(new URLSearchParams(slack.captured.at(-1)?.body).get('text')).toBe('stage checkout 1.2.3');
  });

  it('escape what was typed, and name people by id where the manifest asks for it', async () => {
    await slack.person('ann').types('#releases', '/release lock checkout a < b & @bob');
    expect(last()['text']).toBe('lock checkout a &lt; b &amp; @bob');
    const asking = await openWorkspace({ shouldEscape: true });
    await asking.person('ann').types('#releases', '/release lock checkout ask @bob in #checkout');
    expect(asking.captured.at(-1)?.payload['text']).toBe(
      'lock checkout ask <@U0BOB|bob> in <#C0CHECKOUT|checkout>',
    );
    await asking.close();
  });

  it('name the workspace that the person belongs to', async () => {
    await slack.person('eve').types('#shared', '/release');
    expect(last()).toMatchObject({ user_id: 'U0EVE', team_id: 'T0OTHER' });
    await expect(slack.person('eve').types('#releases', '/release')).rejects.toThrow(
      'eve is not in #releases',
    );
    expect(() => slack.person('gus').says('#general', 'hello')).toThrow('gus is deactivated');
  });

  it('have every key of a recorded press, and the whole message', async () => {
    const { body } = await call(slack, 'chat.postMessage', {
      channel: 'C0RELEASES',
      text: 'card',
      blocks: card,
    });
    const [message] = slack.channel('#releases').messages();
    if (!message) throw new Error('nothing was posted');
    await slack.person('ann').presses(message, 'a');
    expect(missing(fixture('block_actions.body.json'), last())).toEqual([]);
    expect(Object.keys(fixture('BlockActionPayload.json'))).toEqual(
      expect.arrayContaining(Object.keys(last())),
    );
    expect(last()).toMatchObject({
      message: body['message'] as JsonObject,
      container: { type: 'message', message_ts: message.ts, channel_id: 'C0RELEASES', is_ephemeral: false },
    });
    expect(last()).toMatchObject({
      user: { id: 'U0ANN', username: 'ann', name: 'ann', team_id: 'T0PLAY' },
      actions: [{ action_id: 'a', block_id: 'b', value: 'v', type: 'button' }],
    });
  });

  it('do not repeat an ephemeral message in a press on it', async () => {
    await call(slack, 'chat.postEphemeral', {
      channel: 'C0RELEASES',
      user: 'U0ANN',
      text: 'card',
      blocks: card,
    });
    const ann = slack.person('ann');
    const [message] = slack.channel('#releases').ephemerals(ann);
    if (!message) throw new Error('nothing was posted');
    await ann.presses(message, 'a');
    expect(missing(fixture('block_actions.body.json'), last())).toEqual([]);
    expect(last()).not.toHaveProperty('message');
    expect(last()).toMatchObject({ container: { is_ephemeral: true } });
    await expect(slack.person('bob').presses(message, 'a')).rejects.toThrow('bob does not see this message');
  });

  it('have every key of a recorded mention', async () => {
    await slack.person('ann').mentions('#releases', 'status');
    const { event, ...around } = fixture('app_custom_authorize.app_mention_request_body.json');
    expect(missing(around, last())).toEqual([]);
    expect(missing(event as JsonObject, last()['event'] as JsonObject)).toEqual([]);
  });

  it('have every key of recorded submissions and closings of a modal', async () => {
    const view = await openModal();
    await slack.person('ann').submits(view, { why: { reason: 'late' } });
    expect(missing(fixture('view_submission.body.json'), last())).toEqual([]);
    expect(last()).toMatchObject({
      view: { state: { values: { why: { reason: { type: 'plain_text_input', value: 'late' } } } } },
    });
    await slack.person('ann').closes(await openModal());
    const { trigger_id: _none, response_urls: _neither, ...real } = fixture('view_closed.body.json');
    expect(missing(real, last())).toEqual([]);
  });
});

describe('the signature', () => {
  const vector = fixture('signature-vector.json') as Record<string, string>;

  it('is the one of Slack’s own example', () => {
    const { signing_secret: secret = '', timestamp = '', body = '' } = vector;
    expect(signature(secret, timestamp, body)).toBe(vector['valid_signature']);
    expect(signedHeaders(secret, body, Number(timestamp) * 1000 + 999)).toEqual({
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': vector['valid_signature'],
    });
  });
});
