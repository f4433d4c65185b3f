import type { Playground } from '../playground.ts';
import { controlsOf } from '../../../slack-double/src/index.ts';
import type { Message, View } from '../../../slack-double/src/index.ts';
import type { PageView } from './api.ts';
import type { Question } from './requests.ts';
import { botMention, markup } from './markup.ts';

/** The actions of the page's people in the pretend Slack. All throw an `Error` with words for the person. */
export interface Hands {
  say(body: Body<'say'>): Promise<void>;
  press(body: Body<'press'>): Promise<void>;
  submit(body: Body<'submit'>): Promise<void>;
  close(body: Body<'close'>): Promise<void>;
  /** The errors of a modal's last submission, by the modal's id. */
  readonly errors: ReadonlyMap<string, PageView['errors']>;
}

type Body<Name extends Question['name']> = Extract<Question, { name: Name }>['body'];

/** Makes the actions of the page's people. */
export function makeHands({ workspace }: Playground): Hands {
  const { world } = workspace;
  const errors = new Map<string, PageView['errors']>();

  function openView(person: string, id: string): View {
    const view = workspace.person(person).view();
    if (view?.id !== id) throw new Error('This modal is closed.');
    return view;
  }

  function messageAt(channel: string, ts: string): Message {
    const found = workspace.messages().find((one) => one.channel === channel && one.ts === ts);
    if (!found) throw new Error('This message is gone.');
    return found;
  }

  return {
    errors,
    async say({ person, channel, thread, text }) {
      const who = workspace.person(person);
      const said = text.trim();
      if (said === '') throw new Error('There is nothing to send.');
      if (said.startsWith('/')) {
        if (thread !== undefined) throw new Error('Slack allows no slash commands in threads.');
        const { error, text: answer } = await who.types(channel, said);
        if (error !== undefined) throw new Error(answer);
        return;
      }
      const words = markup(world, said);
      const where = thread === undefined ? {} : { thread };
      if (!words.includes(botMention)) return void who.says(channel, words, where);
      const { ack } = await who.mentions(channel, words, where);
      if (ack?.error) throw new Error('The bot did not answer; Slack will try again later.');
    },
    async press({ person, channel, ts, action, option }) {
      const who = workspace.person(person);
      const message = messageAt(channel, ts);
      if (!controlsOf(message.blocks).some(({ actionId }) => actionId === action))
        throw new Error('This button is gone: the message has changed.');
      const how = { accept: true };
      const press =
        option === undefined
          ? await who.presses(message, action, how)
          : await who.chooses(message, action, option, how);
      if (press.error) throw new Error(`Slack shows a warning sign next to it: ${press.error}`);
    },
    async submit({ person, view: id, values }) {
      const view = openView(person, id);
      const sent = await workspace.person(person).submits(view, values);
      if (Object.keys(sent.errors).length > 0) errors.set(id, sent.errors);
      else errors.delete(id);
      if (sent.error) throw new Error(`Slack could not send it: ${sent.error}`);
    },
    async close({ person, view }) {
      await workspace.person(person).closes(openView(person, view));
      errors.delete(view);
    },
  };
}
