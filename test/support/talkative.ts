/**
 * A process that logs, for tests of what becomes of it; its argument is how many lines. See `built`. It says `written`
 * on standard error, logs one line more for each line of its standard input, and ends when that ends.
 */
import { createInterface } from 'node:readline';
import { flushOutput } from '../../src/log/output.ts';
import { makeLog } from '../../src/log.ts';

const log = makeLog();
for (let i = 0; i < Number(process.argv[2]); i += 1) log.info({ i, filler: 'x'.repeat(300) }, 'a line');
process.stderr.write('written\n');
for await (const line of createInterface({ input: process.stdin })) log.info({}, line);
await flushOutput(500);
process.exit(0);
