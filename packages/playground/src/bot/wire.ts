import type { Env } from '../../../../src/config.ts';
import type { Fault } from '../../../../src/release/fault.ts';

/** Names of the methods that may be called from the other process, by port. */
export type Offer = Readonly<Record<string, readonly string[]>>;

/** What the bot is to run with. `offer`: its state is kept by the playground; undefined: in the Redis of `env`. */
export interface Order {
  env: Env;
  /** The configuration file's text. */
  text: string;
  offer: Offer | undefined;
}

/** What the playground says to the bot's process. */
export type ToBot = { kind: 'start'; order: Order } | { kind: 'stop' } | Answer;

/** What the bot's process says. `ready`: it has loaded itself and waits for its order. */
export type FromBot = { kind: 'ready' } | { kind: 'listens'; port: number } | Call;

/** A method of a port, to be called where the state is. */
export interface Call {
  kind: 'call';
  id: number;
  port: string;
  method: string;
  args: unknown[];
}

/** What became of a call. `fault`: what it threw, when that was a `Fault`; `error`: its words, when not. */
export type Answer = { kind: 'answer'; id: number } & (
  | { value: unknown }
  | { fault: Pick<Fault, 'code' | 'message' | 'unclear'> }
  | { error: string }
);
