/** `check`: reports the errors in environment and file that a start would report, without any connection. */
import { ConfigFault, loadConfig, readOptions } from '../config.ts';
import type { Config, ConfigSource, ConfigMistake } from '../config.ts';
import { readEnvironment } from '../config/environment.ts';
import { samePlaces } from '../config/same-place.ts';
import { unknownsOf } from '../release/unknowns.ts';
import { exitCodes } from './exit-codes.ts';
import { onlyReads, write } from './output.ts';

/** Prints all errors and warnings. Resolves to the exit code. `fileOnly`: unset variables are notes, not errors. */
export async function check(file: string | undefined, { fileOnly }: { fileOnly: boolean }): Promise<number> {
  onlyReads();
  const source: ConfigSource = file === undefined ? {} : { file };
  if (fileOnly) return checkFile(source);
  try {
    const config = loadConfig(source);
    const mode = config.slack.mode === 'socket' ? 'Socket Mode' : 'HTTP';
    print(
      `The configuration is valid: ${mode}, ${servicesOf(config)}`,
      ...doubts(config),
      ...(await places(config)),
      ...warnings(config),
    );
    return exitCodes.done;
  } catch (fault) {
    if (!(fault instanceof ConfigFault)) throw fault;
    const unset = fault.mistakes.some(isUnset);
    complain(fault.message, ...(unset ? ['switchback check --file-only checks the file without them.'] : []));
    return exitCodes.mistake;
  }
}

async function checkFile(source: ConfigSource): Promise<number> {
  const missing = missingVariables();
  try {
    const config = loadConfig({ ...source, environment: 'unread' });
    print(
      `The file is valid: ${servicesOf(config)}`,
      ...notes(missing),
      ...(await places(config)),
      ...warnings(config),
    );
    return exitCodes.done;
  } catch (fault) {
    if (!(fault instanceof ConfigFault)) throw fault;
    const wrong = fault.mistakes.filter((mistake) => !isUnset(mistake));
    if (wrong.length > 0) {
      complain(new ConfigFault(wrong).message);
      return exitCodes.mistake;
    }
    print(
      'The file is valid, as far as it can be checked without these variables.',
      ...notes([...missing, ...fault.mistakes]),
    );
    return exitCodes.done;
  }
}

/** Environment variables missing for a start. */
function missingVariables(): ConfigMistake[] {
  const { findings } = readEnvironment(process.env, { redis: 'required', slack: 'required' });
  return findings.map(({ path, message }) => ({ path: path.join('.'), message })).filter(isUnset);
}

function isUnset({ message }: ConfigMistake): boolean {
  return /\bis not set\b/.test(message);
}

function notes(missing: readonly ConfigMistake[]): string[] {
  return missing.map(({ path, message }) => `note: ${path}: ${message}`);
}

/** Settings that are allowed but seldom intended. */
function doubts({ slack }: Config): string[] {
  const odd = (name: string, token: string | undefined, form: RegExp, begins: string): string[] =>
    token === undefined || form.test(token)
      ? []
      : [
          `note: ${name}: does not begin with ${begins}, as Slack's tokens do; switchback doctor checks it with Slack`,
        ];
  return [
    ...odd('SLACK_BOT_TOKEN', slack.botToken, /^(?:xoxe\.)?xoxb-/, 'xoxb-'),
    ...odd('SLACK_APP_TOKEN', slack.appToken, /^xapp-/, 'xapp-'),
  ];
}

/** Addresses that should differ, compared as written, without a look-up. */
async function places({ catalog, names }: Config): Promise<string[]> {
  const each = await Promise.all(
    catalog.names().map(async (service) => {
      const configured = catalog.find(service);
      if (configured === undefined) return [];
      const same = await samePlaces(readOptions(configured.raw, names));
      return same.map((said) => `note: services.${service}: ${said}`);
    }),
  );
  return each.flat();
}

/** Settings that work but leave something unknown. */
function warnings({ catalog }: Config): string[] {
  return catalog.names().flatMap((service) => {
    const found = catalog.find(service);
    return found === undefined
      ? []
      : unknownsOf(found.settings).map(({ means, fix }) => `warn: services.${service}: ${means}; ${fix}`);
  });
}

function servicesOf({ catalog }: Config): string {
  return `services: ${catalog.names().join(', ') || 'none'}`;
}

function print(...lines: readonly string[]): void {
  write(process.stdout, `${lines.join('\n')}\n`);
}

function complain(...lines: readonly string[]): void {
  write(process.stderr, `${lines.join('\n')}\n`);
}
