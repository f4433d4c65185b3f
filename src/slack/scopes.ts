/** Every scope that the bot asks for in manifest.yml, and what fails without it. */
export const scopeUses: Readonly<Record<string, string>> = {
  commands: 'slash commands',
  'app_mentions:read': 'mentions of the bot',
  'chat:write': 'cards, threads and answers',
  'users:read': 'knowing whether a person belongs to this workspace or is a guest',
  'usergroups:read': 'roles of user groups',
  'channels:read': 'seeing whether the bot is in a public channel',
  'groups:read': 'seeing whether the bot is in a private channel',
  'im:write': 'direct messages when a channel cannot be posted to',
};
