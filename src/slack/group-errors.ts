/** Why the members of a user group cannot be read, and who can do something about it. */
import { isPassing } from './slack-errors.ts';

/** Why a group cannot be read. `lasting`: another attempt in a moment changes nothing. `cure`: who must do what. */
export interface GroupTrouble {
  lasting: boolean;
  cure: string;
}

/** Explains the word with which Slack refused a group. Undefined `word`: Slack gave no answer. */
export function groupTrouble(word: string | undefined): GroupTrouble {
  if (word === undefined || isPassing(word)) return { lasting: false, cure: 'try again in a moment' };
  switch (word) {
    case 'plan_upgrade_required':
      return {
        lasting: true,
        cure: 'user groups need a paid plan of Slack; list people by their ids in the configuration instead',
      };
    case 'missing_scope':
      return {
        lasting: true,
        cure: 'ask an admin of Slack to give the app the scope usergroups:read and to install it again',
      };
    case 'no_such_subteam':
      return {
        lasting: true,
        cure: 'compare its id in the configuration with the group in Slack (People → User groups → Copy group ID)',
      };
    default:
      return { lasting: true, cure: 'ask an admin of Slack why the app may not read it' };
  }
}
