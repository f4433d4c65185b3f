import type { App } from '@slack/bolt';
import { listenForCommands } from './listen-commands.ts';
import { listenForForms } from './listen-forms.ts';
import type { ListenerContext } from './listener-context.ts';
import { listenForMentions } from './listen-mentions.ts';
import { listenForPresses } from './listen-presses.ts';

/** Registers all listeners for what people can do. Each reads its payload, and hands it to `handle`. */
export function listen(app: App, listener: ListenerContext): void {
  listenForCommands(app, listener);
  listenForPresses(app, listener);
  listenForForms(app, listener);
  listenForMentions(app, listener);
}
