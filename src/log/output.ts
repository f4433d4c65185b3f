import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

/** Most bytes of lines that wait for a reader; later lines are dropped. */
const mostWaiting = 1024 * 1024;

/** The destination of a log's lines. */
interface Output {
  write(line: string): void;
}

/**
 * Writes lines to standard output. Never blocks and never ends the process. A pipe takes lines at once while its reader
 * reads; otherwise up to 1 MiB waits, and later lines are dropped. A file takes lines at once; lines that a full disk
 * refuses are dropped. `lost` gets the number of dropped lines as soon as lines are taken again.
 */
export function standardOutput(lost: (lines: number) => void): Output {
  let dropped = 0;
  const drop = (): void => {
    dropped += 1;
  };
  const tell = (): void => {
    const lines = dropped;
    dropped = 0;
    if (lines > 0) lost(lines);
  };
  let output: Output | undefined;
  return {
    write(line) {
      // Opened at the first line: most logs in tests are silent.
      output ??=
        process.stdout instanceof Socket ? toPipe(process.stdout, drop, tell) : toFile(1, drop, tell);
      output.write(line);
    },
  };
}

/** Resolves when standard output has taken all waiting lines, or after `ms`. */
export async function flushOutput(ms: number): Promise<void> {
  const { stdout } = process;
  if (stdout.writableLength === 0 || stdout.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stdout.write('', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function toPipe(stream: Socket, drop: () => void, tell: () => void): Output {
  let gone = false;
  // The end of the reader does not end the process.
  stream.on('error', () => {
    gone = true;
  });
  stream.on('drain', tell);
  return {
    write(line) {
      if (gone) return;
      if (stream.writableLength > mostWaiting) return drop();
      tell();
      stream.write(line);
    },
  };
}

function toFile(fd: number, drop: () => void, tell: () => void): Output {
  // A line that a full disk cut in half must not spoil the next one.
  let cut = false;
  return {
    write(line) {
      const bytes = Buffer.from(cut ? `\n${line}` : line);
      try {
        const written = writeSync(fd, bytes);
        cut = written < bytes.length;
      } catch {
        return drop();
      }
      if (cut) drop();
      else tell();
    },
  };
}
