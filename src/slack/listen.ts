import type { App } from '@slack/bolt';
import { listenForCommands } from './commands.ts';
import { listenForForce } from './force.ts';
import type { ListenerContext } from './listener-context.ts';
import { listenForMentions } from './mentions.ts';
import { listenForPresses } from './presses.ts';

/** Registers all listeners for what people can do. Each reads its payload, and hands it to `handle`. */
export function listen(app: App, listener: ListenerContext): void {
  listenForCommands(app, listener);
  listenForPresses(app, listener);
  listenForForce(app, listener);
  listenForMentions(app, listener);
}
