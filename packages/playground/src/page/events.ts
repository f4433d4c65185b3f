import type { ServerResponse } from 'node:http';
import type { Told } from './api.ts';

/** Events with a lasting state, which is sent again at each change; the others happen once. */
type Standing = Exclude<keyof Told, Passing | 'past'>;
type Passing = 'traffic' | 'switched';

/** Sends events to every open page. */
export interface Events {
  /** Adds a page, and sends it all present state. */
  open(response: ServerResponse): void;
  /** Sends a state as JSON, unless it was sent already. */
  stands(key: Standing, json: string): void;
  happens<Key extends Passing>(key: Key, value: Told[Key]): void;
  close(): void;
}

interface Listener {
  response: ServerResponse;
  /** States that the page still must get, once it has read the earlier ones. */
  owed: Set<Standing>;
}

/** How long past events are kept for a page that opens later, in ms: the range of its chart. */
const rememberedMs = 120_000;

/** Makes the sender of events. */
export function makeEvents(): Events {
  const listeners = new Set<Listener>();
  const standing = new Map<Standing, string>();
  const past: Told['past'] = { traffic: [], switched: [] };

  function tell({ response, owed }: Listener, key: Standing): void {
    if (response.writableNeedDrain) owed.add(key);
    else response.write(eventOf(key, standing.get(key) ?? 'null'));
  }

  return {
    open(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      const listener: Listener = { response, owed: new Set() };
      listeners.add(listener);
      response.once('close', () => listeners.delete(listener));
      response.on('error', () => listeners.delete(listener));
      response.on('drain', () => {
        const keys = [...listener.owed];
        listener.owed.clear();
        for (const key of keys) tell(listener, key);
      });
      response.write('retry: 500\n\n');
      for (const key of standing.keys()) tell(listener, key);
      response.write(eventOf('past', JSON.stringify(past)));
    },
    stands(key, json) {
      if (standing.get(key) === json) return;
      standing.set(key, json);
      for (const listener of listeners) tell(listener, key);
    },
    happens(key, value) {
      const recent = ({ at }: { at: number }) => at > Date.now() - rememberedMs;
      if (key === 'traffic') past.traffic = [...past.traffic.filter(recent), value as Told['traffic']];
      else past.switched = [...past.switched.filter(recent), value as Told['switched']];
      const event = eventOf(key, JSON.stringify(value));
      for (const { response } of listeners) {
        // A page that does not read misses points of the chart, but no switch.
        if (!response.writableNeedDrain || key === 'switched') response.write(event);
      }
    },
    close() {
      for (const { response } of listeners) response.end();
    },
  };
}

function eventOf(key: string, json: string): string {
  return `event: ${key}\ndata: ${json}\n\n`;
}
