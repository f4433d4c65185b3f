/** `node dist/main.js`: starts the bot from the environment, and ends it on SIGTERM. */
import { start } from './start.ts';

await start();
