import type { Message, Messages } from './messages.ts';
import { renderMessage } from './render.ts';
import type { World } from './directory.ts';

function stamp(message: Message): string {
  return new Date(Number(message.ts) * 1000).toISOString().slice(11, 19);
}

function lines(world: World, message: Message, indent: string): string[] {
  const name = world.users.get(message.user)?.name ?? message.user;
  const reader = message.onlyFor === undefined ? undefined : world.users.get(message.onlyFor)?.name;
  const marks = [
    reader === undefined ? '' : ` (only you see this: ${reader})`,
    message.broadcast ? ' (also sent to the channel)' : '',
    message.edited ? ' (edited)' : '',
  ].join('');
  return [
    `${indent}${stamp(message)} ${name}${marks}`,
    ...renderMessage(world, message)
      .split('\n')
      .map((line) => `${indent}  ${line}`),
  ];
}

/** A channel as text: messages in order, replies below their parent, ephemeral messages marked. */
export function renderTranscript(world: World, messages: Messages, channel: string): string {
  const here = messages.all().filter((message) => message.channel === channel);
  const isReply = (message: Message) => message.threadTs !== undefined && message.threadTs !== message.ts;
  const top = here.filter((message) => !isReply(message));
  const name = world.channels.get(channel)?.name ?? channel;
  return [
    `#${name}`.replace('#@', '@'),
    ...top.flatMap((parent) => [
      ...lines(world, parent, ''),
      ...here
        .filter((one) => isReply(one) && one.threadTs === parent.ts)
        .flatMap((one) => lines(world, one, '    ')),
    ]),
  ].join('\n');
}
