import type { Message, Workspace } from '../../packages/slack-double/src/index.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import type { startHaproxy } from './haproxy.ts';
import type { startColor } from './sample-color.ts';
import { longMs, until } from './until.ts';

export type Haproxy = Awaited<ReturnType<typeof startHaproxy>>;
export type ColorServer = Awaited<ReturnType<typeof startColor>>;

/** One service of a town: its two colors, its channel, and what can be seen of it. */
export interface Place {
  readonly name: string;
  /** `#releases` for `checkout`, else a channel of its own, so that services do not wait for each other's messages. */
  readonly channel: string;
  readonly blue: ColorServer;
  readonly green: ColorServer;
  record(): Promise<ServiceRecord>;
  /** Waits until the record fits. */
  until(what: string, fits: (record: ServiceRecord) => boolean, withinMs?: number): Promise<ServiceRecord>;
  /** The newest card of a release in the channel. */
  card(number?: number): Promise<Message>;
  /** The color that answers through the router. */
  live(): Promise<string>;
}

/** What a place is made of. */
export interface PlaceParts {
  name: string;
  channel: string;
  blue: ColorServer;
  green: ColorServer;
  haproxy: Haproxy;
  slack: Workspace;
  reader: OpenRedis;
}

/** Settings of a place as a configuration file would have them; `more` over them. */
export function settingsOf(
  {
    name,
    channelId,
    blue,
    green,
    haproxy,
  }: Omit<PlaceParts, 'slack' | 'reader' | 'channel'> & { channelId: string },
  address: string[],
  more: Record<string, unknown>,
): Record<string, unknown> {
  return {
    channel: channelId,
    colors: { blue: { url: blue.url }, green: { url: green.url } },
    router: {
      kind: 'haproxy',
      address,
      map: haproxy.map,
      key: name,
      values: { blue: `${name}_blue`, green: `${name}_green` },
    },
    health: [
      {
        kind: 'http',
        path: '/healthz',
        versionPath: 'version',
        interval: '100ms',
        successes: 2,
        deadline: '3s',
        timeout: '1s',
      },
    ],
    promotion: { bake: '60s' },
    ...more,
  };
}

/** A place in a running town. */
export function makePlace({ name, channel, blue, green, haproxy, slack, reader }: PlaceParts): Place {
  // The bot may reach a Redis that came back a moment before this reader does.
  const record = async (): Promise<ServiceRecord> => {
    const { record: found } = await until('the reader reaches Redis', () => reader.store.load(name));
    if (!found) throw new Error(`no record of ${name}`);
    return found;
  };
  return {
    name,
    channel,
    blue,
    green,
    record,
    async until(what, fits, withinMs = longMs) {
      let seen: ServiceRecord | undefined;
      await until(
        what,
        async () => {
          seen = (await reader.store.load(name).catch(() => undefined))?.record ?? undefined;
          return seen !== undefined && fits(seen);
        },
        withinMs,
      ).catch((cause: unknown) => {
        throw new Error(`${what}: not so. Record: ${JSON.stringify(seen)}\n${slack.transcript(channel)}`, {
          cause,
        });
      });
      if (!seen) throw new Error('no record');
      return seen;
    },
    async card(number) {
      const { releases } = await record();
      const release = number === undefined ? releases[0] : releases.find((each) => each.number === number);
      if (!release) throw new Error('no such release');
      const shown = await until('the card is posted', () => reader.outbox.card(name, release.id));
      return slack.until(
        () =>
          slack
            .channel(shown.channel)
            .messages()
            .find((message) => message.ts === shown.ts),
        { channel },
      );
    },
    live: async () => {
      const answer = await fetch(haproxy.frontend(name));
      return answer.headers.get('x-color') ?? 'none';
    },
  };
}
