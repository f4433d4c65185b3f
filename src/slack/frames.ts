import type { SocketModeReceiver } from '@slack/bolt';

type Client = SocketModeReceiver['client'];

/**
 * A frame of Slack's WebSocket as the library can read it. An event without a type would cause an unhandled rejection
 * in the library, which ends the process; such a frame becomes a request of a kind without a listener.
 */
export function readableFrame(text: string): string {
  try {
    const frame: unknown = JSON.parse(text);
    if (!isObject(frame)) return '';
    const { type, payload } = frame;
    if (type === 'hello' || type === 'disconnect') return text;
    const event = isObject(payload) ? payload['event'] : undefined;
    if (type === 'events_api' && !(isObject(event) && typeof event['type'] === 'string'))
      return JSON.stringify({ ...frame, type: 'unreadable', payload: isObject(payload) ? payload : {} });
    return isObject(payload) ? text : JSON.stringify({ ...frame, payload: {} });
  } catch {
    return text;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Gives the client only frames that it can read. */
export function readFrames(client: Client): void {
  const emit = client.emit.bind(client) as (name: string, ...given: unknown[]) => boolean;
  client.emit = ((name: string, ...given: unknown[]) => {
    const [frame, ...more] = given;
    if (name !== 'ws_message' || more[0] === true) return emit(name, ...given);
    const text = typeof frame === 'string' ? frame : new TextDecoder().decode(frame as ArrayBuffer);
    return emit(name, readableFrame(text), ...more);
  }) as Client['emit'];
}
