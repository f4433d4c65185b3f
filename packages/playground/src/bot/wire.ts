import type { Env } from '../../../../src/config.ts';
import type { Fault } from '../../../../src/release/fault.ts';

/** The methods that the other process may call, by port. */
export type Offer = Readonly<Record<string, readonly string[]>>;

/** What the bot runs with. `offer`: the playground keeps its state; undefined: it is in the Redis of `env`. */
export interface Order {
  env: Env;
  /** The configuration file's text. */
  text: string;
  offer: Offer | undefined;
}

/** Messages from the playground to the bot's process. */
export type ToBot = { kind: 'start'; order: Order } | { kind: 'stop' } | Answer;

/** Messages from the bot's process. `ready`: it has loaded itself and waits for its order. */
export type FromBot = { kind: 'ready' } | { kind: 'listens'; port: number } | Call;

/** A call of a port's method, which runs where the state is. */
export interface Call {
  kind: 'call';
  id: number;
  port: string;
  method: string;
  args: unknown[];
}

/** The result of a call. `fault`: a thrown `Fault`; `error`: the message of another error. */
export type Answer = { kind: 'answer'; id: number } & (
  | { value: unknown }
  | { fault: Pick<Fault, 'code' | 'message' | 'unclear'> }
  | { error: string }
);
