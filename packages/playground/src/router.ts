import type { Color } from '../../../src/release/color.ts';

/** What stands before the colors: all requests go to one of them, which the bot asks for and sets. */
export interface PlayRouter {
  /** Where traffic comes in. */
  readonly url: string;
  /** How the bot reaches it: `router` in the settings of a service. */
  readonly settings: object;
  readonly live: Color;
  /** Drops every question and order of the bot; traffic goes on. */
  cutOff(): void;
  reconnect(): void;
  readonly unreachable: boolean;
  /** Points it elsewhere behind the bot's back. */
  move(color: Color): Promise<void>;
  close(): Promise<void>;
}

/** What a router needs. */
export interface RouterNeeds {
  /** Addresses of the colors. */
  targets: Readonly<Record<Color, string>>;
  first: Color;
  /** Awaited when the bot's order is carried out, before the bot is answered. */
  ordered: () => Promise<void>;
}
