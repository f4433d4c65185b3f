import type { Color } from '../../../src/release/color.ts';

/** The router in front of the colors: it sends all requests to one of them, which the bot reads and sets. */
export interface PlayRouter {
  /** The address for clients. */
  readonly url: string;
  /** The settings with which the bot uses it: `router` of a service. */
  readonly settings: object;
  readonly live: Color;
  /** Drops every request of the bot; traffic goes on. */
  cutOff(): void;
  reconnect(): void;
  readonly unreachable: boolean;
  /** Switches it without the bot. */
  move(color: Color): Promise<void>;
  close(): Promise<void>;
}

/** What a router needs. */
export interface RouterNeeds {
  /** The addresses of the colors. */
  targets: Readonly<Record<Color, string>>;
  first: Color;
  /** Awaited after the bot's write is carried out, before the bot gets the answer. */
  ordered: () => Promise<void>;
}
