// @ts-check
/** The seven steps of the tour: the text of each, its action for the person, and how it knows that it is done. */

/**
 * @typedef {import('../../../../../src/release/release.ts').ServiceRecord} ServiceRecord
 * @typedef {import('../api.ts').Told} Told
 * @typedef {{
 *   record: ServiceRecord,
 *   levers: Told['levers'],
 *   messages: Told['messages'],
 *   service: string,
 *   people: Told['workspace']['people'],
 *   since: number,
 * }} Sight The state that a step reads. `since`: when the step was opened, ms.
 * @typedef {'operator' | 'approver'} Role
 * @typedef {{ as: Role, say: string }
 *   | { as: Role, press: string, label: string }
 *   | { pull: import('../api.ts').Asked['lever'], label: string }} Act
 * @typedef {{
 *   title: string,
 *   text: (sight: Sight) => string,
 *   after: (sight: Sight) => string,
 *   act: (sight: Sight) => Act | undefined,
 *   done: (sight: Sight) => boolean,
 * }} Step `after`: the result; `act`: the next action; undefined while the bot works, or without one.
 */

/** How long a bake is watched before the tour goes on, ms. */
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
const alerted = (messages) => messages.some(({ text }) => / requests a second fail on /.test(text));

/**
 * Whether the bot says this about a revert.
 * @param {ServiceRecord} record
 * @param {'helps' | 'does-not-help'} verdict
 */
const says = ({ evidence, epoch }, verdict) => evidence?.epoch === epoch && evidence.now === verdict;

/**
 * Repairs what both colors share, where it is broken.
 * @param {Told['levers']} levers
 * @returns {Act | undefined}
 */
const repair = ({ database }) =>
  database === 'down' ? { pull: { name: 'database', to: 'up' }, label: 'fix the database' } : undefined;

/**
 * `bob or cleo`: the people who may approve this person's request.
 * @param {Sight} sight
 */
function approversIn({ people, record: { request, releases } }) {
  const by = request?.requester ?? releases[0]?.promotedBy;
  const asker = by?.kind === 'slack' ? by.user : undefined;
  const names = people.filter(({ id, roles }) => roles.includes('approver') && id !== asker);
  return names.map(({ name }) => name).join(' or ');
}

/** @type {readonly Step[]} */
export const steps = [
  {
    title: 'Stage a version',
    after: () => 'It is staged: see the card. All traffic is still where it was.',
    text({ record, levers, service }) {
      const idle = otherOf(record);
      if (record.state === 'idle' && levers.database === 'down')
        return 'The database is down, so a version staged now would fail its checks. Fix it first.';
      if (record.state === 'idle' && levers.colors[idle].ailment !== null)
        return `${idle} is broken, so a version staged there would fail its checks. Fix it first.`;
      if (record.state === 'idle' && record.lock)
        return `${service} is locked, so nothing can be staged. An operator unlocks it first.`;
      return `Two colors run the service; ${record.live} has all the traffic. An operator stages the next version on ${idle}: it is deployed and checked there, while nobody uses it.`;
    },
    done: ({ record }) =>
      record.state === 'staged' || record.state === 'promoting' || record.state === 'baking',
    act({ record, levers, service }) {
      if (record.state !== 'idle') return undefined;
      const idle = otherOf(record);
      const first = repair(levers);
      if (first) return first;
      if (levers.colors[idle].ailment !== null)
        return { pull: { name: 'fix', color: idle }, label: `fix ${idle}` };
      if (record.lock) return { as: 'operator', say: `/release unlock ${service}` };
      return { as: 'operator', say: `/release stage ${service} v${record.sequence + 2}` };
    },
  },
  {
    title: 'Promote it, with approval',
    after: () => 'Approved and switched: it took the time that the card says.',
    text: (sight) =>
      sight.record.request || sight.record.state !== 'staged'
        ? `The approvers are asked, and nobody can approve their own request. So act as another person: click ${approversIn(sight)} at the top, then press Approve. The switch follows by itself.`
        : 'The card has a Promote button. It asks first, with what it would do. Here a promote needs one approval, by another person.',
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
    after({ record: { bake } }) {
      if (!bake) return 'It stayed healthy to the end and is settled.';
      return bake.verdict === 'healthy' ? 'It is healthy.' : 'It is unhealthy: the card says why.';
    },
    text({ record }) {
      const back = otherOf(record);
      const way = `${back} still runs ${record.colors[back].version ?? 'what was live before'}: that is the way back.`;
      if (!record.bake)
        return `All traffic went to ${record.live} at once. Then it baked: the bot checked it again and again. It stayed healthy, so it settled by itself: it is no longer checked. ${way}`;
      const seconds = Math.round((record.bake.until - record.bake.startedAt) / 1000);
      return `All traffic went to ${record.live} at once: see the dashed line. Now it bakes: for ${seconds} s the bot checks it again and again. ${way} If it stays healthy, it settles by itself: it is done, and no longer checked.`;
    },
    done: ({ record }) => promoted(record) && (record.bake?.startedAt ?? 0) < Date.now() - watchMs,
    act: ({ record, service }) =>
      promoted(record) ? { as: 'operator', say: `/release status ${service}` } : undefined,
  },
  {
    title: 'Break what both share',
    after: ({ record }) =>
      reverted(record)
        ? 'It is reverted already.'
        : '“Both colors fail alike … Reverting will not help”: the card begins with it, and so does what asks for a decision.',
    text: ({ levers }) =>
      levers.database === 'down'
        ? 'Requests fail. Would a revert help? The bot asks both colors the same at the same moment, five times a second.'
        : 'Both colors use one database. Stop it: then both fail, and to go back is no help. See whether the bot knows.',
    done: ({ record, since }) =>
      (reverted(record) && record.colors[record.live].since > since) || says(record, 'does-not-help'),
    act: ({ record, levers }) =>
      promoted(record) && levers.database === 'up'
        ? { pull: { name: 'database', to: 'down' }, label: 'break what both share' }
        : undefined,
  },
  {
    title: 'Break only the live color',
    after({ record }) {
      if (reverted(record)) return 'It is reverted already.';
      const sentence = 'The sentence has changed: “Reverting will very likely help.”';
      return record.bake
        ? `${sentence} The bot calls the release unhealthy, and monitoring fires an alert. Both have Revert.`
        : `${sentence} Monitoring fires an alert, and the bot shows it with Revert.`;
    },
    text: ({ record, levers }) => {
      if (levers.database === 'down')
        return 'Fix the database first. Then only the live color breaks, and the other one still answers.';
      const { live } = record;
      const ill = levers.colors[live].ailment !== null;
      if (record.bake)
        return ill
          ? `Requests to ${live} fail. The bot's checks see it. Monitoring counts the errors for two seconds before it fires an alert.`
          : `Let ${live} answer every request with an error. The bot's checks see it and ping the people who can act. Monitoring of the traffic fires an alert too.`;
      const over = `The bake is over: the bot does not check ${live} any more.`;
      return ill
        ? `${over} But monitoring counts the errors in the traffic: for two seconds, then it fires an alert.`
        : `${over} But monitoring watches the traffic, and the way back is still there: let ${live} answer every request with an error.`;
    },
    // A fast person reverts before monitoring fires.
    done: ({ record, levers, messages, since }) =>
      (reverted(record) && record.colors[record.live].since > since) ||
      (levers.colors[record.live].ailment !== null &&
        (record.state === 'idle' || record.bake?.verdict === 'unhealthy') &&
        says(record, 'helps') &&
        alerted(messages)),
    act: ({ record: { live }, levers }) =>
      repair(levers) ??
      (levers.colors[live].ailment === null
        ? { pull: { name: 'break', color: live, ailment: 'fail' }, label: `make ${live} fail` }
        : undefined),
  },
  {
    title: 'Revert',
    after: () =>
      'Traffic is back where it was, and the service is locked until somebody unlocks it. A few seconds without errors, and the alert is resolved.',
    text: ({ messages }) =>
      `${alerted(messages) ? 'The alert says which release it follows, and has the same Revert as the card. ' : ''}Revert asks once, and switches back: no approval, whatever is locked or frozen. The color to go back to is checked first.`,
    done: ({ record }) => reverted(record),
    act: ({ record, levers }) =>
      promoted(record)
        ? (repair(levers) ?? { as: 'operator', press: 'release.revert', label: 'press Revert' })
        : undefined,
  },
  {
    title: 'Read the history',
    after: () => 'Newest first: each switch, each press and command, and what the bot did by itself.',
    text: () =>
      'Who did what, when and why, is written down. Anybody may ask, and only they see the answer: the newest 10, or as many as they ask for.',
    done: ({ messages, service, since }) =>
      messages.some(
        ({ onlyFor, ts, text }) =>
          onlyFor !== undefined && Number(ts) * 1000 > since && text.startsWith(`history ${service}`),
      ),
    act: ({ service }) => ({ as: 'operator', say: `/release history ${service} 30` }),
  },
];

/**
 * The label of the button for an action.
 * @param {Act} act
 * @param {string | undefined} name of the person who acts
 */
export function caption(act, name) {
  if ('pull' in act) return act.label;
  return `${'say' in act ? act.say : act.label} as ${name}`;
}
