/** Selects the requests that go on to Bolt's listeners; all others are answered at once, over HTTP and Socket Mode. */
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { z } from 'zod';
import type { PinoLog } from '../log.ts';
import { isForm } from './reason-modal.ts';

type Body = ReceiverEvent['body'];

/** `press`: a press with a listener. `odd`: a press or a form without something it must have. */
type Kind = 'known' | 'odd' | 'unknown';

const withUser = z.object({ user: z.object({ id: z.string() }) });
const pressed = withUser.extend({ actions: z.array(z.object({ action_id: z.string() })).min(1) });
const mentioned = z.object({ event: z.object({ type: z.literal('app_mention') }) });
const forced = z.object({ view: z.object({ callback_id: z.string().refine(isForm) }) });

function kindOf(body: Body): Kind {
  if (typeof body['command'] === 'string') return 'known';
  if (body['event'] !== undefined) return mentioned.safeParse(body).success ? 'known' : 'unknown';
  switch (body['type']) {
    case 'block_actions':
      return pressed.safeParse(body).success ? 'known' : 'odd';
    case 'view_submission':
      if (!forced.safeParse(body).success) return 'unknown';
      return withUser.safeParse(body).success ? 'known' : 'odd';
    default:
      return 'unknown';
  }
}

/** Removes nulls from a payload. Slack leaves absent fields out; a null means the same. */
export function withoutNulls(value: unknown, depth = 5): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  if (Array.isArray(value)) return value.map((one) => withoutNulls(one, depth - 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null)
      .map(([key, one]) => [key, withoutNulls(one, depth - 1)]),
  );
}

/** Wraps the receiver, whose requests are checked first. `odd`: answers the person who pressed, if one can be found. */
export function sanitized(
  receiver: Receiver,
  { log, odd }: { log: PinoLog; odd: (body: Body) => void },
): Receiver {
  const sift = async (app: App, event: ReceiverEvent): Promise<void> => {
    const body = withoutNulls(event.body) as Body;
    const kind = kindOf(body);
    if (kind === 'known') return app.processEvent({ ...event, body });
    if (kind === 'odd') odd(body);
    else tellUnknown(body, log);
    await event.ack();
  };
  return {
    init: (app) =>
      receiver.init(
        Object.assign(Object.create(app) as App, {
          processEvent: (event: ReceiverEvent) => sift(app, event),
        }),
      ),
    start: (...given) => receiver.start(...given) as Promise<unknown>,
    stop: (...given) => receiver.stop(...given) as Promise<unknown>,
  };
}

function tellUnknown(body: Body, log: PinoLog): void {
  const event = body['event'] as { type?: unknown } | undefined;
  const type = String(event?.type ?? body['type']).slice(0, 64);
  if (type === 'app_rate_limited')
    return log.warn(
      { minute: body['minute_rate_limited'] },
      'Slack drops events for the bot: there were more than it delivers in an hour (app_rate_limited)',
    );
  log.info({ type }, 'Slack sent a request of an unknown kind');
}
