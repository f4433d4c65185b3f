import { webApi } from '@slack/bolt';
import { z } from 'zod';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { SlackClient, SlackState } from './client.ts';

/** Who the bot is in Slack. */
export interface Identity {
  team: string;
  /** The id of the organization on Enterprise Grid. */
  enterprise: string | undefined;
  user: string;
  bot: string | undefined;
  /** `https://team.slack.com/`: links to messages begin with it. */
  url: string;
}

/** The bot's identity, once Slack has said it. */
export interface KnownIdentity {
  current(): Identity | undefined;
}

const identitySchema = z.object({
  team_id: z.string().min(1),
  enterprise_id: z.string().nullish(),
  user_id: z.string().min(1),
  bot_id: z.string().nullish(),
  url: z.string().default(''),
});

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/** Asks `auth.test` in the background until Slack has accepted the token once; the start waits for nothing. */
export function learnIdentity(
  client: SlackClient,
  state: SlackState,
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): KnownIdentity {
  let current: Identity | undefined;
  const learn = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        // An `ok` without a user is not Slack's answer.
        const answer = identitySchema.parse(await client.auth.test());
        current = {
          team: answer.team_id,
          enterprise: answer.enterprise_id || undefined,
          user: answer.user_id,
          bot: answer.bot_id ?? undefined,
          url: answer.url,
        };
        state.accepted = true;
        const { team, enterprise, user: bot } = current;
        log.info(
          { team, ...(enterprise !== undefined && { enterprise }), bot },
          'Slack accepted the bot token',
        );
        return;
      } catch (cause) {
        const told = cause instanceof webApi.WebAPIRateLimitedError ? cause.retryAfter * 1_000 : 0;
        log.warn({ err: cause }, 'Slack has not accepted the bot token yet');
        await clock.sleep(Math.max(pauseMs, told), signal);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  };
  void learn();
  return { current: () => current };
}

/** The address of a message, when the workspace is known. */
export function permalink(identity: Identity | undefined, channel: string, ts: string): string | undefined {
  if (identity === undefined || !URL.canParse(identity.url)) return undefined;
  return new URL(`archives/${encodeURIComponent(channel)}/p${ts.replace('.', '')}`, identity.url).href;
}
