/** Standard output and standard error: their reader may end, and the work goes on. */
import { explain } from '../net/explain.ts';
import { exitCodes } from './exit-codes.ts';

/** `--json` was given, with whatever else: then standard output gets one JSON value and nothing else. */
export const asJson: boolean = process.argv
  .slice(2)
  .join('\0')
  .split('\0--\0', 1)
  .some((words) => words.split('\0').includes('--json'));

const gone = new Set<NodeJS.WriteStream>();
let reads = false;

/**
 * From now on a reader that ends, or a disk that is full, ends the output alone: the exit code stays that of the work. Only
 * where the output was all the work (`onlyReads`), and a disk refused it, is it `exit.unwritten`.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (gone.has(stream)) return;
      gone.add(stream);
      // A reader that has ended wants no more; that is no failure.
      if (stream === process.stderr || cause.code === 'EPIPE') return;
      write(process.stderr, `The output could not be written: ${explain(cause)} (${cause.code}).\n`);
      process.once('exit', (code) => {
        if (reads && code === exitCodes.done) process.exitCode = exitCodes.unwritten;
      });
    });
}

/** This run has nothing to do but to answer. */
export function onlyReads(): void {
  reads = true;
}

/** Writes to a stream, as long as somebody takes it. */
export function write(stream: NodeJS.WriteStream, text: string): void {
  if (!gone.has(stream)) stream.write(text);
}
