import { FIXED, escapeText } from '../../../slack-double/src/index.ts';
import type { World } from '../../../slack-double/src/index.ts';

/** Turns typed words into Slack's markup, as its client does: names become mentions. */
export function markup(world: World, typed: string): string {
  return escapeText(typed).replaceAll(/([@#])([\w-]+)/g, (whole, sign: string, name: string) => {
    if (sign === '#') {
      const place = [...world.channels.values()].find((one) => one.name === name);
      return place ? `<#${place.id}|${name}>` : whole;
    }
    const user = [...world.users.values()].find((one) => one.name === name);
    const group = [...world.groups.values()].find((one) => one.handle === name);
    if (user) return `<@${user.id}>`;
    return group ? `<!subteam^${group.id}>` : whole;
  });
}

/** The markup of a mention of the bot. */
export const botMention = `<@${FIXED.botUser}>`;
