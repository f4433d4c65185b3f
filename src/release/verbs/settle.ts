import type { Actor } from '../actor.ts';
import { autoRevertIn, callOff } from '../auto-revert/countdown.ts';
import { countdownOf } from '../auto-revert/rule.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { refuse } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import type { Line } from '../line.ts';
import { line, typed } from '../line.ts';
import { moveTo } from '../machine.ts';
import type { Refusal } from '../refusals.ts';
import type { Definition } from './verb.ts';

/** Ends the bake. */
export interface SettleCommand extends BaseCommand<'settle'> {
  /** Why any bake is ended, also an unhealthy one. */
  force?: string;
}

/** `settle <service>`. */
export const settle: Definition<SettleCommand> = {
  name: 'settle',
  usage: 'settle <service> [--force <reason>]',
  summary: 'End a healthy bake early.',
  examples: ['settle checkout', 'settle checkout --force "the check itself is broken"'],
  roles: ['approver'],
  options: { force: { kind: 'reason', says: 'end any bake, also an unhealthy one', needs: 'admin' } },
  acts: () => true,
  gates,
  change,
};

/** Ends the bake: the release is settled, and the other color stays the way back. */
export function endBake(draft: Draft, actor: Actor, text: Line): void {
  const { record } = draft;
  const release = record.releases[0];
  record.bake = null;
  moveTo(record, 'idle', release, 'live');
  if (release) release.settledAt = fromNow();
  markCard(draft);
  addHistory(draft, actor, 'settled', text);
  notify(draft, 'event', text, { chart: true });
}

function gates({ record: { service, bake } }: Facts, { force }: SettleCommand): (Refusal | undefined)[] {
  if (bake?.verdict !== 'unhealthy' || force !== undefined) return [];
  const unhealthy = refuse(
    'unhealthy',
    line`The bake is unhealthy: ${bake.cause ?? 'no verdict'}.`,
    line`Revert, or have an admin type ${typed(`settle ${service} --force <reason>`)}.`,
  );
  return [unhealthy];
}

/** Decides `settle <service>`: ends a healthy bake early; with `--force`, any bake. */
function change(facts: Facts, command: SettleCommand): Decision {
  const { record } = facts;
  const draft = draftOf(record);
  const number = record.releases[0]?.number ?? 0;
  if (countdownOf(record))
    callOff(draft, command.actor, line`${mention(command.actor)} settled the release.`);
  if (facts.settings.promotion.autoRevert) autoRevertIn(draft).over = 'settled';
  const forced = command.force === undefined ? '' : `, by force: ${command.force}`;
  endBake(
    draft,
    command.actor,
    line`${record.service} #${number} is settled early by ${mention(command.actor)}${forced}.`,
  );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`settle: ${record.service} #${number} is settled${forced}.`,
  };
}
