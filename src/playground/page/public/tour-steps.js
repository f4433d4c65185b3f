// @ts-check
/** The six steps of the tour: what each says, what it would do for the person, and how it knows that it is done. */

/**
 * @typedef {import('../../../release/release.ts').ServiceRecord} ServiceRecord
 * @typedef {import('../api.ts').Told} Told
 * @typedef {{
 *   record: ServiceRecord,
 *   levers: Told['levers'],
 *   messages: Told['messages'],
 *   service: string,
 *   since: number,
 * }} Sight What a step looks at. `since`: when the step was opened, ms.
 * @typedef {'operator' | 'approver'} Role
 * @typedef {{ as: Role, say: string }
 *   | { as: Role, press: string, label: string }
 *   | { pull: import('../api.ts').Asked['lever'], label: string }} Act
 * @typedef {{
 *   title: string,
 *   text: (sight: Sight) => string,
 *   after: string,
 *   act: (sight: Sight) => Act | undefined,
 *   done: (sight: Sight) => boolean,
 * }} Step `after`: what became of it; `act`: the next thing to do; undefined while the bot works, or when there is nothing.
 */

/** A bake is watched this long before the tour goes on, ms. */
const watchMs = 4_000;

/** @type {(record: ServiceRecord) => 'blue' | 'green'} */
const otherOf = ({ live }) => (live === 'blue' ? 'green' : 'blue');
/** @type {(record: ServiceRecord) => boolean} */
const promoted = ({ state, releases }) =>
  state === 'baking' || (state === 'idle' && releases[0]?.status === 'live');
/** @type {(record: ServiceRecord) => boolean} */
const reverted = ({ state, releases }) => state === 'idle' && releases[0]?.status === 'reverted';

/**
 * Whether the channel shows an alert that fires.
 * @param {Told['messages']} messages
 */
const alerted = (messages) => messages.some(({ text }) => / firing · \w+: HighErrorRate · /.test(text));

/** @type {readonly Step[]} */
export const steps = [
  {
    title: 'Stage a version',
    after: 'It is staged: see the card. All traffic is still where it was.',
    text: ({ record }) =>
      `Two colors run the service; ${record.live} has all the traffic. An operator stages the next version on ${otherOf(record)}: it is deployed and checked there, while nobody uses it.`,
    done: ({ record }) =>
      record.state === 'staged' || record.state === 'promoting' || record.state === 'baking',
    act({ record, levers, service }) {
      if (record.state !== 'idle') return undefined;
      const idle = otherOf(record);
      if (levers.colors[idle].ailment !== null)
        return { pull: { name: 'mend', color: idle }, label: `mend ${idle}` };
      if (record.lock) return { as: 'operator', say: `/release unlock ${service}` };
      return { as: 'operator', say: `/release stage ${service} v${record.sequence + 2}` };
    },
  },
  {
    title: 'Promote it, with approval',
    after: 'Approved and switched: it took the time that the card says.',
    text: ({ record }) =>
      record.request?.status === 'open'
        ? 'The approvers are asked, in the thread and in the channel. Whoever asked cannot approve: so be somebody else, and press Approve. The switch follows by itself.'
        : 'The card now has a Promote button. It asks first, with what it would do. Here a promote needs one approval by another person.',
    done: ({ record }) => promoted(record),
    act({ record }) {
      if (record.state !== 'staged') return undefined;
      return record.request?.status === 'open'
        ? { as: 'approver', press: 'release.approve', label: 'press Approve' }
        : { as: 'operator', press: 'release.promote', label: 'press Promote' };
    },
  },
  {
    title: 'Watch the bake',
    after: 'It answers well. While it bakes, one press goes back.',
    text: ({ record }) =>
      `All traffic went to ${record.live} at once: see the dashed line. Until the bake ends the bot checks it, and the way back too. A healthy one settles by itself.`,
    done: ({ record }) => promoted(record) && (record.bake?.startedAt ?? 0) < Date.now() - watchMs,
    act: ({ record, service }) =>
      promoted(record) ? { as: 'operator', say: `/release status ${service}` } : undefined,
  },
  {
    title: 'Break it',
    after:
      'The errors are in the traffic, and nobody had to look for them: the bot said so, and monitoring fires an alert.',
    text: ({ record, levers }) => {
      if (levers.colors[record.live].ailment !== null)
        return `Requests to ${record.live} fail. Monitoring counts them for two seconds before it fires an alert.`;
      return record.state === 'baking'
        ? `Let ${record.live} answer every request with an error. The checks see it, and the bot calls those who can help.`
        : `The bake is over, so that the bot no longer watches; monitoring does. Break ${record.live} all the same: the way back is still there.`;
    },
    // Whoever is fast has reverted before monitoring is sure.
    done: ({ record, levers, messages, since }) =>
      (reverted(record) && record.colors[record.live].since > since) ||
      (levers.colors[record.live].ailment !== null &&
        (record.state === 'idle' || record.bake?.verdict === 'unhealthy') &&
        alerted(messages)),
    act: ({ record: { live }, levers }) =>
      levers.colors[live].ailment === null
        ? { pull: { name: 'break', color: live, ailment: 'fail' }, label: `make ${live} fail` }
        : undefined,
  },
  {
    title: 'Revert',
    after:
      'Traffic is back where it was, and the service is locked until somebody unlocks it. A few seconds without errors, and the alert says that it is resolved.',
    text: ({ messages }) =>
      `${alerted(messages) ? 'Monitoring has noticed too: the alert says which release it follows, and has the same Revert. ' : ''}One press switches back: no approval, whatever is locked or frozen. The color to go back to is checked first, and the service is locked afterwards.`,
    done: ({ record }) => reverted(record),
    act: ({ record }) =>
      promoted(record) ? { as: 'operator', press: 'release.revert', label: 'press Revert' } : undefined,
  },
  {
    title: 'Read the history',
    after: 'Everything is there: you, the bot, each switch.',
    text: () =>
      'Who did what, when and why, is written down. Anybody may ask; only whoever asks sees the answer.',
    done: ({ messages, service, since }) =>
      messages.some(
        ({ onlyFor, ts, text }) =>
          onlyFor !== undefined && Number(ts) * 1000 > since && text.startsWith(`history ${service}`),
      ),
    act: ({ service }) => ({ as: 'operator', say: `/release history ${service}` }),
  },
];

/**
 * The words on the button that does it.
 * @param {Act} act
 * @param {string | undefined} name whoever does it
 */
export function caption(act, name) {
  if ('pull' in act) return act.label;
  return `${'say' in act ? act.say : act.label} as ${name}`;
}
