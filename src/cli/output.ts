/** Writes to standard output and standard error; when their reader ends, the work goes on. */
import { explain } from '../net/explain.ts';
import { exitCodes } from './exit-codes.ts';

/** True with `--json` among the arguments: standard output then gets one JSON value and nothing else. */
export const asJson: boolean = process.argv
  .slice(2)
  .join('\0')
  .split('\0--\0', 1)
  .some((words) => words.split('\0').includes('--json'));

const gone = new Set<NodeJS.WriteStream>();
let reads = false;

/**
 * Makes a reader that ends, or a full disk, end the output alone: the exit code stays that of the work. If the run only
 * answers (`onlyReads`) and a disk refuses the answer, it is `exit.unwritten`.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (gone.has(stream)) return;
      gone.add(stream);
      // A reader that has ended is no failure.
      if (stream === process.stderr || cause.code === 'EPIPE') return;
      write(process.stderr, `The output could not be written: ${explain(cause)} (${cause.code}).\n`);
      process.once('exit', (code) => {
        if (reads && code === exitCodes.done) process.exitCode = exitCodes.unwritten;
      });
    });
}

/** Declares that this run only answers. */
export function onlyReads(): void {
  reads = true;
}

/** Writes to a stream, while its reader takes it. */
export function write(stream: NodeJS.WriteStream, text: string): void {
  if (!gone.has(stream)) stream.write(text);
}
