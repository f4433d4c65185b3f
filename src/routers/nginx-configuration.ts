/** Reads nginx's output about its configuration: why its test fails, and the whole of it (`nginx -T`). */
import { dirname, resolve } from 'node:path';
import { oneLineText } from '../net/answer-path.ts';
import { firstWords } from '../net/first-words.ts';
import { type Color, colorSchema } from '../release/color.ts';
import type { ReadyAnswer } from '../release/ports.ts';
import type { NginxRouterOptions } from './nginx-options.ts';

/** Why the test or the reload failed, with nginx's file and line, from its last lines. */
export function faultIn(lines: readonly string[], include: string): string {
  const said = lines.findLast((line) => /\[(?:emerg|crit|alert|error)\]/.test(line)) ?? lines.at(-1) ?? '';
  const [, words = said, file, line] =
    /\[\w+\] (?:\d+#\d+: )?(.*?)(?: in (\/[^\s:]+):(\d+))?$/.exec(said.trim()) ?? [];
  const shown = firstWords(words);
  if (file === undefined) return shown === '' ? 'it says nothing' : shown;
  const whose = file === include ? 'the include file' : "not Switchback's file";
  return `${oneLineText(file, 200)}, line ${line} (${whose}): ${shown}`;
}

/** The command that also prints the whole configuration; undefined: `test` is not `nginx -t`. */
export function dumpCommand(test: readonly string[]): string[] | undefined {
  return test.includes('-t') ? test.map((word) => (word === '-t' ? '-T' : word)) : undefined;
}

/** The needed facts of a configuration, which is never shown: it may hold secrets. */
export interface Dump {
  /** Reads one line of the dump. */
  line(text: string): void;
  /** The configuration's files, as nginx names them; empty: the output was no dump. */
  readonly files: ReadonlySet<string>;
  readonly limitsOldWorkers: boolean;
  /** How many times the configuration looks for the files of a read-only window. */
  readonly denyingServers: number;
  /** Whether the upstreams of the variable's value exist, for a color. */
  ready(color: Color): Omit<ReadyAnswer, 'instance'>;
}

const mostNames = 10_000;

/** Reads a dump line by line. `denied`: the folder of the files of a read-only window. */
export function readDump(
  { variable, values }: Pick<NginxRouterOptions, 'variable' | 'values'>,
  denied?: string,
): Dump {
  const files = new Set<string>();
  const denying: string[] = [];
  const included = new Map<string, number>();
  let file = '';
  const upstreams = new Set<string>();
  const passes = new Set<string>();
  const names = new RegExp(`\\$(?:${variable}(?![A-Za-z0-9_])|\\{${variable}\\})`, 'g');
  let limitsOldWorkers = false;
  const keep = (set: Set<string>, name: string | undefined): void => {
    if (name !== undefined && set.size < mostNames) set.add(name);
  };
  /** The names of upstreams in a color's value; a value that is no plain name says nothing. */
  const hostsFor = (color: Color): string[] =>
    [...passes].flatMap((pass) => {
      const [, host = ''] = /^(?:\w+:\/\/)?([^/]+)/.exec(pass.replaceAll(names, () => values[color])) ?? [];
      return /^[A-Za-z_][\w.-]*$/.test(host) ? [host] : [];
    });
  const missing = (color: Color): string | undefined => hostsFor(color).find((host) => !upstreams.has(host));
  return {
    line(text) {
      const named = /^# configuration file (.+):$/.exec(text)?.[1];
      keep(files, named);
      if (named !== undefined) file = named;
      const bare = text.replace(/(^|\s)#.*$/, '$1');
      keep(upstreams, /^\s*upstream\s+"?([^\s"{]+)/.exec(bare)?.[1]);
      if (/^\s*worker_shutdown_timeout\s/.test(bare)) limitsOldWorkers = true;
      const [, includes] = /^\s*include\s+"?([^\s;"]+)/.exec(bare) ?? [];
      if (includes !== undefined && included.size < mostNames) {
        const [main = ''] = files;
        const path = resolve(dirname(main), includes);
        included.set(path, (included.get(path) ?? 0) + 1);
      }
      if (
        denied !== undefined &&
        denying.length < mostNames &&
        bare.replaceAll(/["']/g, '').includes(`-f ${denied}/`)
      )
        denying.push(file);
      const pass = /\b(?:proxy|grpc|fastcgi|uwsgi|scgi)_pass\s+"?([^\s;"]+)/.exec(bare)?.[1];
      if (pass !== undefined && pass.search(names) >= 0) keep(passes, pass);
    },
    files,
    get limitsOldWorkers() {
      return limitsOldWorkers;
    },
    get denyingServers() {
      return denying.reduce((sum, name) => sum + (included.get(name) ?? 1), 0);
    },
    ready(color) {
      const hosts = hostsFor(color);
      const lacks = missing(color);
      if (hosts.length > 0 && lacks === undefined) return { ready: 'yes' };
      const other = colorSchema.options.find((one) => one !== color && hostsFor(one).length > 0);
      if (lacks !== undefined && other !== undefined && missing(other) === undefined)
        return { ready: 'no', lasting: true, detail: `nginx has no upstream ${lacks}` };
      return {
        ready: 'unknown',
        lasting: true,
        detail: `no upstream of nginx is named by $${variable} itself, so it cannot be seen whether ${color} could be served`,
      };
    },
  };
}
