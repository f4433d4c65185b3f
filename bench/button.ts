import type { OpenRedis } from '../src/redis/open.ts';
import { signed } from './load.ts';

/** Presses of a button on the newest release's message; each call is a press of its own. */
export async function pressOf(
  { store, outbox }: OpenRedis,
  service: string,
  button: string,
): Promise<() => ReturnType<typeof signed>> {
  const { record } = await store.load(service);
  const about = { s: service, r: record?.releases[0]?.id ?? null, e: record?.epoch ?? 0 };
  const message = { channel: 'C0RELEASES', ts: `${Date.now()}.000100` };
  await outbox.saveMessage({ ...message, kind: 'notice', service, release: about.r, epoch: about.e });
  return () =>
    signed({
      payload: JSON.stringify({
        type: 'block_actions',
        user: { id: 'U0ANN', username: 'ann', name: 'ann', team_id: 'T0PLAY' },
        api_app_id: 'A0SWITCH',
        team: { id: 'T0PLAY', domain: 'play' },
        enterprise: null,
        is_enterprise_install: false,
        container: {
          type: 'message',
          message_ts: message.ts,
          channel_id: message.channel,
          is_ephemeral: false,
        },
        trigger_id: `bench.${service}.${button}.${performance.now()}`,
        channel: { id: message.channel, name: 'releases' },
        message: { type: 'message', ts: message.ts, text: service },
        response_url: 'http://127.0.0.1:9/actions/bench',
        actions: [
          {
            type: 'button',
            action_id: button,
            block_id: 'b',
            value: JSON.stringify(about),
            action_ts: message.ts,
          },
        ],
      }),
    });
}
