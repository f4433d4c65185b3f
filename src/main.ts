/** `node dist/main.js`: starts the bot with what the environment says, and ends it on SIGTERM. */
import { start } from './start.ts';

await start();
