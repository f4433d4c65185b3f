// @ts-check
/** The commands that the composer offers for the typed text. */

/** @typedef {import('../api.ts').Told['workspace']['commands'][number]} Command */

/**
 * The literal words of a command: `/release stage` of `/release stage <service> <version>`.
 * @param {Command} command
 */
function fixedWords({ usage }) {
  return usage.split(/\s+(?=[<[-])/)[0] ?? usage;
}

/**
 * The commands that begin with the typed text, or that are being typed.
 * @param {readonly Command[]} commands
 * @param {string} typed
 * @returns {Command[]}
 */
export function hintsFor(commands, typed) {
  if (!typed.startsWith('/')) return [];
  const begun = typed.toLowerCase().replace(/\s+/g, ' ');
  const open = commands.filter((command) => fixedWords(command).startsWith(begun.trimEnd()));
  if (open.length > 0) return open;
  return commands.filter((command) => begun.startsWith(`${fixedWords(command)} `));
}

/**
 * The typed text, completed as far as the command is certain.
 * @param {Command} command
 * @param {string} typed
 * @param {string} service
 */
export function completed(command, typed, service) {
  const fixed = fixedWords(command);
  if (typed.toLowerCase().startsWith(`${fixed} `)) return typed;
  const named = /^.*?[<[]service[>\]]/.test(command.usage) ? `${fixed} ${service}` : fixed;
  return named === command.usage ? named : `${named} `;
}
