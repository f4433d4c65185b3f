import type { Modals } from './person-modals.ts';
import { makeModals } from './person-modals.ts';
import { noteHouseRules, readContent } from './content.ts';
import type { Confirm } from './controls.ts';
import { actionOf, pickControl } from './controls.ts';
import type { Ack, Courier } from './send-to-bot.ts';
import type { Desk } from './state.ts';
import { note } from './state.ts';
import { respond } from './response-urls.ts';
import { FIXED } from './ids.ts';
import type { JsonObject } from './json.ts';
import { LIMITS } from './limits.ts';
import { granted } from './methods/method.ts';
import type { Message } from './messages.ts';
import { commandPayload, eventPayload, mentionEvent, pressPayload } from './payloads.ts';
import { renderMessage } from './render.ts';
import { deliverEvent } from './retries.ts';
import { escapeText } from './text.ts';
import type { Channel, User } from './directory.ts';

/** What a person sees right after typing a command. */
export interface Answer {
  /** The answer's `text`, as sent; Slack's own sentence when the command failed; empty for no answer. */
  text: string;
  /** The answer as rendered, with its blocks. */
  shown: string;
  message?: Message;
  /** Slack's word for the failure. */
  error?: string;
  afterMs: number;
  /** The answer to the same request sent twice. */
  repeat?: Answer;
}

/** The result of a press. Nothing is sent while a confirm dialog is open. */
export interface Press {
  confirm: Confirm | undefined;
  delivered: boolean;
  ack: Ack | undefined;
  /** Slack's word for the failure: the warning sign next to the button. */
  error?: string;
  accept(): Promise<Press>;
  /** Closes the dialog. Nothing is sent, as in Slack. */
  decline(): void;
}

/** How a press differs from the plain one. */
export interface How {
  /** Answers the confirm dialog, when there is one; without it, the dialog stays open for the test to read. */
  accept?: boolean;
  /** Presses on the message as given, not as it is now: a client that has not seen the edit yet. */
  stale?: boolean;
  /** A value other than the button's own. */
  value?: string;
  blockId?: string;
}

/** A person who uses Slack. Acting where they are not a member throws, since Slack offers nothing to press there. */
export interface Person extends Modals {
  readonly id: string;
  readonly name: string;
  /** Sends `/command words` in a channel and waits for the acknowledgement. */
  types(channel: string, line: string): Promise<Answer>;
  /** Posts an ordinary message. The text holds the client's markup: `<@U…>` mentions. */
  says(channel: string, text: string, where?: { thread?: string }): Message;
  /**
   * Posts `@switchback words`, or the words unchanged when they contain the mention, with a file on demand; the bot
   * gets the event when it is in the channel. Resolves when it acknowledged.
   */
  mentions(
    channel: string,
    text: string,
    where?: { thread?: string; file?: boolean },
  ): Promise<{ message: Message; ack: Ack | undefined }>;
  presses(message: Message, actionId: string, how?: How): Promise<Press>;
  /** Picks an option of an overflow or select menu, by label or value. */
  chooses(message: Message, actionId: string, option: string, how?: How): Promise<Press>;
}

/** Makes a person in the workspace. */
export function makePerson(desk: Desk, courier: Courier, user: User): Person {
  function enter(name: string): Channel {
    const channel = desk.world.channel(name);
    if (user.deleted) throw new Error(`${user.name} is deactivated and cannot act`);
    if (!channel.members.has(user.id)) throw new Error(`${user.name} is not in #${channel.name}`);
    return channel;
  }

  function slackSays(channel: Channel, text: string, error: string, afterMs: number): Answer {
    desk.messages.post({ channel: channel.id, user: 'USLACKBOT', text, onlyFor: user.id });
    return { text, shown: text, error, afterMs };
  }

  function answerOf(ack: Ack, channel: Channel, command: string): Answer {
    const { afterMs } = ack;
    const failed = (error: string) =>
      slackSays(channel, `${command} failed with the error "${error}"`, error, afterMs);
    if (ack.error) return failed(ack.error);
    if (ack.body === undefined) return { text: '', shown: '', afterMs };
    const args: JsonObject = typeof ack.body === 'string' ? { text: ack.body } : ack.body;
    const content = readContent(desk, args, LIMITS.postText);
    if ('error' in content) {
      note(desk, { kind: 'refused', where: 'acknowledgement', ...content, args });
      return failed('invalid_command_response');
    }
    noteHouseRules(desk, 'acknowledgement', content, args);
    const message = respond(desk, { user: user.id, channel: channel.id }, content, args);
    return {
      text: message.text,
      shown: renderMessage(desk.world, message),
      message: structuredClone(message),
      afterMs,
    };
  }

  async function deliverPress(message: Message, action: JsonObject): Promise<Ack> {
    return courier.deliver('interactive', pressPayload(desk, user, message, action));
  }

  async function use(given: Message, actionId: string, how: How, option?: string): Promise<Press> {
    enter(given.channel);
    if (given.onlyFor !== undefined && given.onlyFor !== user.id)
      throw new Error(`${user.name} does not see this message`);
    const message = how.stale ? given : desk.messages.find(given.channel, given.ts);
    if (!message) throw new Error('This message is gone');
    const control = pickControl(message.blocks, actionId, how);
    const action = actionOf(control, {
      ...(how.value === undefined ? {} : { value: how.value }),
      ...(option === undefined ? {} : { option }),
    });
    const nothing: Press = {
      confirm: control.confirm,
      delivered: false,
      ack: undefined,
      accept: () => use(given, actionId, { ...how, accept: true }, option),
      decline: () => undefined,
    };
    if (control.confirm && how.accept !== true) return nothing;
    const ack = await deliverPress(message, action);
    desk.changed();
    return { ...nothing, delivered: true, ack, ...(ack.error ? { error: ack.error } : {}) };
  }

  function says(channel: string, text: string, { thread }: { thread?: string } = {}): Message {
    const place = enter(channel);
    return structuredClone(
      desk.messages.post({
        channel: place.id,
        user: user.id,
        text,
        ...(thread === undefined ? {} : { threadTs: thread }),
      }),
    );
  }

  return {
    id: user.id,
    name: user.name,
    ...makeModals(desk, courier, user),
    async types(channel, line) {
      const place = enter(channel);
      const [, command = '', typed = ''] = /^(\/\S+)\s?([\s\S]*)$/.exec(line) ?? [];
      const known = desk.settings.commands.includes(command) && granted(desk, 'commands');
      if (!known) return slackSays(place, `${command || line} is not a valid command.`, 'unknown_command', 0);
      const payload = commandPayload(desk, user, place, command, asSent(desk, typed));
      const ack = await courier.deliver('slash_commands', payload);
      const answer = answerOf(ack, place, command);
      return ack.repeat ? { ...answer, repeat: answerOf(ack.repeat, place, command) } : answer;
    },
    says,
    async mentions(channel, text, where = {}) {
      const mention = `<@${FIXED.botUser}>`;
      const message = says(channel, text.includes(mention) ? text : `${mention} ${text}`, where);
      const heard =
        desk.world.channel(channel).members.has(FIXED.botUser) && granted(desk, 'app_mentions:read');
      if (!heard) return { message, ack: undefined };
      const ack = await deliverEvent(desk, courier, eventPayload(desk, mentionEvent(message, user, where)));
      desk.changed();
      return { message, ack };
    },
    presses: (message, actionId, how = {}) => use(message, actionId, how),
    chooses: (message, actionId, option, how = {}) => use(message, actionId, how, option),
  };
}

/** Typed words as Slack sends them: trimmed, escaped, and with ids for names when the manifest asks for it. */
function asSent(desk: Desk, typed: string): string {
  const escaped = escapeText(typed.trim());
  if (!desk.settings.shouldEscape) return escaped;
  return escaped.replaceAll(/([@#])([\w-]+)/g, (whole, sign: string, name: string) => {
    const user = sign === '@' ? [...desk.world.users.values()].find((one) => one.name === name) : undefined;
    if (user) return `<@${user.id}|${name}>`;
    const group =
      sign === '@' ? [...desk.world.groups.values()].find((one) => one.handle === name) : undefined;
    if (group) return `<!subteam^${group.id}|@${name}>`;
    const channel =
      sign === '#' ? [...desk.world.channels.values()].find((one) => one.name === name) : undefined;
    return channel ? `<#${channel.id}|${name}>` : whole;
  });
}
