import type { Logger as LibraryLogger, LogLevel } from '@slack/bolt';
import { type DestinationStream, type Logger, pino } from 'pino';
import { standardOutput } from './log/output.ts';
import { makeScrub, type Scrub } from './log/scrub.ts';

/** Writes JSON lines, with secrets removed. */
export type PinoLog = Logger;

/** The log levels, from most to least. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * Makes the log of a process: pino JSON lines on standard output (which never blocks, see `standardOutput`), or to
 * `destination`. `secrets`: literal secrets of this process, which are replaced everywhere, like all text that looks
 * like a secret.
 */
export function makeLog(
  options: {
    level?: (typeof logLevels)[number];
    secrets?: readonly string[];
    destination?: DestinationStream;
  } = {},
): PinoLog {
  const scrub = makeScrub(options.secrets);
  const log = pino(
    {
      level: options.level ?? 'info',
      // `readArguments` describes errors; pino's own serializer would copy all their properties.
      serializers: { err: (it: unknown) => it },
      hooks: {
        logMethod(args, method) {
          method.apply(this, readArguments(args, scrub));
        },
        // The last step: bindings of children and formatted texts pass here, too.
        streamWrite: (line) => (scrub.suspects(line) ? scrubLine(line, scrub) : line),
      },
    },
    options.destination ??
      standardOutput((lost) => log.warn({ lost }, 'Log lines were lost: standard output was blocked')),
  );
  return log;
}

/**
 * Makes the logger for Bolt, WebClient and the Socket Mode client. It writes to `log`, marked with the library's name.
 * Never below `info`: their messages there hold whole payloads.
 */
export function libraryLogger(log: PinoLog, name: string): LibraryLogger {
  let library = name;
  const say =
    (level: 'info' | 'warn' | 'error') =>
    (...parts: unknown[]) => {
      const texts = parts.filter((part) => typeof part !== 'object' || part === null).map(String);
      const details = parts.filter((part) => typeof part === 'object' && part !== null);
      const [first] = details;
      const found = details.length > 1 ? details : first;
      const fields = found instanceof Error ? { library, err: found } : { library, details: found };
      const told = texts.join(' ');
      log[level](fields, '%s', told === '' && first instanceof Error ? first.message : told);
    };
  return {
    debug: () => {},
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    setLevel: () => {},
    getLevel: () => 'info' as LogLevel,
    setName(next) {
      library = next;
    },
  };
}

/** Scrubs the arguments of a log call, texts and objects: a `%o` would print an object inside the message. */
function readArguments(args: unknown[], scrub: Scrub): [obj: unknown, msg?: string, ...args: unknown[]] {
  const [first, ...rest] = args;
  if (first instanceof Error) {
    const told = rest.length === 0 ? [scrub.text(first.message)] : rest.map((arg) => scrub.value(arg));
    return [{ err: scrub.value(first) }, ...told] as [unknown, string, ...unknown[]];
  }
  return [first, ...rest].map((arg) => scrub.value(arg)) as [unknown, string, ...unknown[]];
}

function scrubLine(line: string, scrub: Scrub): string {
  try {
    return `${JSON.stringify(scrub.value(JSON.parse(line)))}\n`;
  } catch {
    return `${JSON.stringify({ level: 50, msg: 'a log line could not be read and was left out' })}\n`;
  }
}
