import type { Control } from './controls.ts';
import { controlsOf } from './controls.ts';
import type { Desk } from './state.ts';
import type { Message } from './messages.ts';
import { renderMessage } from './render.ts';
import { renderTranscript } from './transcript.ts';
import type { Channel } from './directory.ts';

/** The readable content of one channel. All messages are copies, which later edits do not change. */
export interface Room {
  readonly id: string;
  readonly name: string;
  /** The messages of the channel itself, oldest first: no replies unless broadcast, no ephemeral ones. */
  messages(): Message[];
  /** The replies below a message, oldest first. */
  thread(ts: string): Message[];
  /** The messages that only this person sees here, threads included, oldest first. */
  ephemerals(person: { id: string }): Message[];
  /** The newest message of the channel itself whose rendering or text contains the words. */
  find(words: string): Message | undefined;
  /** The message as it is now. */
  now(message: { ts: string }): Message | undefined;
  transcript(): string;
}

/** A message as its reader sees it, with the controls on it. */
export interface Look {
  text: string;
  buttons: Control[];
}

/** Makes the reading side of one channel. */
export function makeRoom(desk: Desk, channel: Channel): Room {
  const here = () => desk.messages.all().filter((message) => message.channel === channel.id);
  const isReply = (message: Message) => message.threadTs !== undefined && message.threadTs !== message.ts;
  const copies = (messages: Message[]) => messages.map((message) => structuredClone(message));
  const messages = () =>
    here().filter((message) => message.onlyFor === undefined && (!isReply(message) || message.broadcast));
  return {
    id: channel.id,
    name: channel.name,
    messages: () => copies(messages()),
    thread: (ts) =>
      copies(
        here().filter(
          (message) => message.onlyFor === undefined && isReply(message) && message.threadTs === ts,
        ),
      ),
    ephemerals: ({ id }) => copies(here().filter((message) => message.onlyFor === id)),
    find(words) {
      const found = messages().findLast(
        (message) => message.text.includes(words) || renderMessage(desk.world, message).includes(words),
      );
      return found && structuredClone(found);
    },
    now({ ts }) {
      const found = desk.messages.find(channel.id, ts);
      return found && structuredClone(found);
    },
    transcript: () => renderTranscript(desk.world, desk.messages, channel.id),
  };
}

/** A message as a reader sees it. */
export function lookAt(desk: Desk, message: Pick<Message, 'text' | 'blocks'>): Look {
  return { text: renderMessage(desk.world, message), buttons: controlsOf(message.blocks) };
}
