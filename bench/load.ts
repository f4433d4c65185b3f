import autocannon from 'autocannon';
import { signedHeaders } from '../packages/slack-double/src/sign.ts';
import { percentile } from './figure.ts';

/** The secret of every server that is measured. */
export const signingSecret = 'bench-signing-secret';
export const form = 'application/x-www-form-urlencoded';

/** What somebody types: their user id, and the text after `/release`. */
export interface Typed {
  user: string;
  text: string;
}

/** What came of a load. Times in ms. */
export interface Loaded {
  perSecond: number;
  times: number[];
  p99: number;
  /** Answers that did not begin with their verb, and requests without an answer. */
  wrong: string[];
}

let count = 0;

/** Body and headers of one press or command, signed now, with a trigger id of its own. */
export function signed(fields: Record<string, string>): { headers: Record<string, string>; body: string } {
  count += 1;
  const body = new URLSearchParams({ ...fields, trigger_id: `bench.${process.pid}.${count}` }).toString();
  return { headers: { 'content-type': form, ...signedHeaders(signingSecret, body, Date.now()) }, body };
}

/** The body of a slash command as Slack sends it. */
export function commandFields({ user, text }: Typed): Record<string, string> {
  return {
    token: 'verification-token',
    team_id: 'T0PLAY',
    team_domain: 'play',
    channel_id: 'C0RELEASES',
    channel_name: 'releases',
    user_id: user,
    user_name: 'bench',
    command: '/release',
    text,
    api_app_id: 'A0SWITCH',
    is_enterprise_install: 'false',
    // Nobody listens there: nothing is told later in these runs.
    response_url: 'http://127.0.0.1:9/commands/bench',
  };
}

/**
 * Sends commands over `connections` (16), each in turn after the answer to the one before. `script` is what one connection
 * sends over and over; `context` is its own, and new for each time.
 */
export async function load(
  events: string,
  script: readonly ((context: Record<string, unknown>) => Typed)[],
  length: { seconds: number } | { amount: number },
  connections = 16,
): Promise<Loaded> {
  const times: number[] = [];
  const wrong: string[] = [];
  const began = performance.now();
  const running = autocannon({
    url: events,
    connections,
    timeout: 5,
    ...('seconds' in length ? { duration: length.seconds } : { amount: length.amount }),
    requests: script.map((next) => {
      let verb = '';
      return {
        setupRequest(request, context) {
          const typed = next(context);
          verb = typed.text.split(' ', 1)[0] ?? '';
          return { ...request, method: 'POST', ...signed(commandFields(typed)) };
        },
        onResponse(status, body) {
          if (status === 200 && (body.includes(`"text":"${verb}`) || body.includes('"Heard."'))) return;
          wrong.push(`${verb} ${status} ${body.slice(0, 200)}`);
        },
      };
    }),
  });
  running.on('response', (_client, _status, _bytes, took) => times.push(took));
  const { errors, timeouts } = await running;
  const seconds = (performance.now() - began) / 1000;
  if (errors + timeouts > 0) wrong.push(`${errors} broken, ${timeouts} without an answer in time`);
  return { perSecond: times.length / seconds, times, p99: percentile(times, 0.99), wrong };
}
