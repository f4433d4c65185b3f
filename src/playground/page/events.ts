import type { ServerResponse } from 'node:http';
import type { Told } from './api.ts';

/** What is told once and again, as it stands; and what is told when it happens. */
type Standing = Exclude<keyof Told, Passing>;
type Passing = 'traffic' | 'switched';

/** Tells every open page what there is to tell. */
export interface Events {
  /** Takes a page in, and tells it everything that stands. */
  open(response: ServerResponse): void;
  /** Tells how something stands now, as JSON, unless that was told already. */
  stands(key: Standing, json: string): void;
  happens<Key extends Passing>(key: Key, value: Told[Key]): void;
  close(): void;
}

interface Listener {
  response: ServerResponse;
  /** What it must be told once it has taken what it was told before. */
  owed: Set<Standing>;
}

/** A page that comes later is told the switches of this time, ms. */
const rememberedMs = 120_000;

export function makeEvents(): Events {
  const listeners = new Set<Listener>();
  const standing = new Map<Standing, string>();
  let switches: Told['switched'][] = [];

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
      switches = switches.filter(({ at }) => at > Date.now() - rememberedMs);
      for (const one of switches) response.write(eventOf('switched', JSON.stringify(one)));
    },
    stands(key, json) {
      if (standing.get(key) === json) return;
      standing.set(key, json);
      for (const listener of listeners) tell(listener, key);
    },
    happens(key, value) {
      if (key === 'switched') switches.push(value as Told['switched']);
      const event = eventOf(key, JSON.stringify(value));
      for (const { response } of listeners) {
        // Whoever does not listen misses a point of the chart, and no switch.
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
