import { LogLevel } from '@slack/bolt';
import type { Logger } from '@slack/bolt';
import type { Log } from '../release/parts.ts';

/** Tokens, tickets and response_urls that a library may put into a sentence. */
const secrets =
  /xox[a-z]*-[\w-]+|xapp-[\w-]+|(?<=[?&](?:ticket|token|app_id)=)[^&\s]+|https:\/\/hooks\.slack\.com\/\S+/g;

/**
 * The logger that Bolt, WebClient and SocketModeClient are given. Nothing below `info` passes (SPEC 13): their debug
 * lines hold whole payloads. Of an error only its words are kept, since its fields hold requests and answers.
 */
export function libraryLog(log: Log, library: string): Logger {
  const words = (given: readonly unknown[]): string =>
    given
      .map((one) => (one instanceof Error ? one.message : typeof one === 'string' ? one : ''))
      .filter((one) => one !== '')
      .join(' ')
      .replaceAll(secrets, '[secret]')
      .slice(0, 1_000);
  return {
    debug: () => {},
    info: (...given: unknown[]) => log.info({ library }, words(given)),
    warn: (...given: unknown[]) => log.warn({ library }, words(given)),
    error: (...given: unknown[]) => log.error({ library }, words(given)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}
