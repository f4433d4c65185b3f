import type { Ack, Courier } from './send-to-bot.ts';
import type { Desk } from './state.ts';
import type { JsonObject } from './json.ts';

/** Timers of repeats to come, so that closing the workspace ends them. */
const pending = new WeakMap<Desk, Set<NodeJS.Timeout>>();

/**
 * Delivers an event. Without an acknowledgement it is sent again (at once, after a minute, after five), with its number
 * and reason, unless the bot forbade it. Resolves with the first acknowledgement.
 */
export async function deliverEvent(desk: Desk, courier: Courier, payload: JsonObject): Promise<Ack> {
  const first = await courier.deliver('events_api', payload);
  again(desk, courier, payload, first, 1);
  return first;
}

function again(desk: Desk, courier: Courier, payload: JsonObject, before: Ack, num: number): void {
  const delay = desk.settings.eventRetryDelaysMs[num - 1];
  if (before.ok || before.noRetry || delay === undefined) return;
  const timers = pending.get(desk) ?? new Set();
  pending.set(desk, timers);
  const timer = setTimeout(() => {
    timers.delete(timer);
    const reason =
      before.error === 'operation_timeout'
        ? 'http_timeout'
        : before.status === undefined
          ? 'connection_failed'
          : 'http_error';
    void courier.deliver('events_api', payload, { num, reason }).then((ack) => {
      desk.changed();
      again(desk, courier, payload, ack, num + 1);
    });
  }, delay);
  timers.add(timer);
}

/** Ends all repeats to come. */
export function endRetries(desk: Desk): void {
  for (const timer of pending.get(desk) ?? []) clearTimeout(timer);
  pending.delete(desk);
}
