/** The buttons of an alert, in the same order on each. */
import type { AlertGroup, Silence } from '../../release/alerts/alert.ts';
import { isSilent } from '../../release/alerts/context.ts';
import type { AlertContext } from '../../release/alerts/context.ts';
import { offersClose } from '../../release/alerts/close.ts';
import { offersRevert } from '../../release/alerts/attribution.ts';
import { isUnacknowledged } from '../../release/alerts/announced.ts';
import type { ActionId } from '../actions.ts';
import { confirmOf } from './button.ts';
import type { About, Confirm } from './button.ts';
import { revertButton } from './card-buttons.ts';
import { label, safeUrl } from './mrkdwn.ts';

type Button = Record<string, unknown>;

const silenceWords: Readonly<Record<Silence, string>> = {
  '30m': '30 min',
  '1h': '1 h',
  '4h': '4 h',
  release: 'Until this release settles',
};

/** The record that the alert was drawn from; `submit` checks a press against it again. */
function about({ record }: AlertContext): About | undefined {
  return record === null
    ? undefined
    : { service: record.service, release: record.releases[0]?.id ?? null, epoch: record.epoch };
}

/** The Revert button of a group, red where the release likely caused the alert; undefined: no way back. */
export function revertOf(group: AlertGroup, context: AlertContext): Button | undefined {
  const { record, settings } = context;
  const of = about(context);
  const offered = offersRevert(group, context);
  if (offered === undefined || record === null || of === undefined) return undefined;
  const revert = revertButton(record, of, settings);
  if (offered === 'likely') return revert;
  const { style: _none, ...plain } = revert;
  return plain;
}

function alertButton(id: ActionId, text: string, value: object, confirm?: Confirm): Button {
  return {
    type: 'button',
    action_id: id,
    text: { type: 'plain_text', text, emoji: false },
    value: JSON.stringify(value),
    ...(confirm && { confirm: confirmOf(confirm) }),
  };
}

/** The button that acknowledges a group. */
export function acknowledgeButton({ id }: Pick<AlertGroup, 'id'>): Button {
  return alertButton('alert.acknowledge', 'Acknowledge', { a: id });
}

/** The button that undoes an acknowledgement. It asks first: a second tap must not undo the first. */
function unacknowledgeButton({ id }: Pick<AlertGroup, 'id'>): Button {
  return alertButton(
    'alert.acknowledge',
    'Unacknowledge',
    { a: id, f: 'back' },
    { title: 'Take it back?', text: 'Then nobody is working on this alert.', yes: 'Unacknowledge' },
  );
}

function closeButton({ id }: Pick<AlertGroup, 'id'>): Button {
  return alertButton(
    'alert.close',
    'Close',
    { a: id },
    {
      title: 'Close this alert?',
      text: 'Close an alert that is over when no resolved message comes. Nothing changes at its sender. It opens again if it is reported again.',
      yes: 'Close',
    },
  );
}

function silenceMenu(group: AlertGroup, context: AlertContext): Button {
  const baking = context.record?.releases.find(({ status }) => status === 'baking');
  const choices: Silence[] = ['30m', '1h', '4h', ...(baking === undefined ? [] : ['release' as const])];
  const option = (text: string, value: object): object => ({
    text: { type: 'plain_text', text, emoji: false },
    value: JSON.stringify({ a: group.id, ...value }),
  });
  const ends = isSilent(group, context) ? [option('Unsilence', { f: 'end' })] : [];
  return {
    type: 'static_select',
    action_id: 'alert.silence' satisfies ActionId,
    placeholder: { type: 'plain_text', text: 'Silence…', emoji: false },
    options: [
      ...ends,
      ...choices.map((choice) =>
        option(silenceWords[choice], { f: choice, ...(choice === 'release' && { r: baking?.id }) }),
      ),
    ],
  };
}

/** The buttons of a firing group: Revert, where there is a way back, then those that do not move traffic. */
export function alertButtons(group: AlertGroup, context: AlertContext): Button[] {
  if (group.status === 'resolved' || group.dropped) return [];
  const revert = revertOf(group, context);
  return [
    ...(revert === undefined ? [] : [revert]),
    isUnacknowledged(group) ? acknowledgeButton(group) : unacknowledgeButton(group),
    silenceMenu(group, context),
    ...(offersClose(group, context) ? [closeButton(group)] : []),
  ];
}

/** Links to the group's runbook, dashboard and graph. */
export function linkButtons(group: AlertGroup): Button[] {
  return group.links.flatMap(({ label: name, url }, i) => {
    const href = safeUrl(url);
    if (href === undefined) return [];
    const text = { type: 'plain_text', text: label(name, 40) || 'Link', emoji: false };
    return [{ type: 'button', action_id: `link.${i}`, text, url: href }];
  });
}
