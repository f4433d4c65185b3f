/** The baseline: Bolt alone, with the signature check, a listener for every command and press, and one sentence to say. */
import { App, HTTPReceiver } from '@slack/bolt';

const receiver = new HTTPReceiver({
  signingSecret: process.env.SLACK_SIGNING_SECRET ?? '',
  customRoutes: [{ path: '/readyz', method: 'GET', handler: (_request, response) => void response.end() }],
});
const app = new App({
  receiver,
  convoStore: false,
  authorize: async () => ({ botToken: 'xoxb-bare', botId: 'B0BARE', botUserId: 'U0BARE' }),
});
app.command(/.*/, ({ ack }) => ack({ response_type: 'ephemeral', text: 'Heard.' }));
app.action(/.*/, ({ ack }) => ack());
await app.start({ port: Number(process.env.PORT), host: '127.0.0.1' });
