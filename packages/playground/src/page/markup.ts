import { FIXED, escapeText } from '../../../slack-double/src/index.ts';
import type { World } from '../../../slack-double/src/index.ts';

/** What a Slack client makes of typed words before it sends them: names become mentions. */
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

/** How the bot is mentioned in what `markup` answers. */
export const botMention = `<@${FIXED.botUser}>`;
