import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLog } from '../../src/log.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { requireRole } from '../../src/release/gates.ts';
import { plain } from '../../src/release/line.ts';
import { rolesOf } from '../../src/release/roles.ts';
import { makeClient } from '../../src/slack/client.ts';
import { groupsFrom } from '../../src/slack/groups.ts';
import { makePeople } from '../../src/slack/people.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { configured } from './way-in.ts';

const actor = { kind: 'slack', user: 'U0ANN', team: 'T0PLAYGROUND' } as const;
const asking = { actor, verb: 'promote' } as const;

let slack: Workspace;
let clock: ReturnType<typeof virtualClock>;
let people: ReturnType<typeof makePeople>;
const warned: object[] = [];

beforeEach(async () => {
  slack = await openWorkspace();
  clock = virtualClock();
  warned.length = 0;
  const { SLACK_BOT_TOKEN: token = '', SLACK_API_URL: apiUrl = '' } = slack.env('http');
  const client = makeClient({
    token,
    apiUrl,
    log: makeLog({ level: 'silent' }),
    observe: { slackCall: () => {} },
  });
  const log = { info: () => {}, warn: (facts: object) => void warned.push(facts), error: () => {} };
  people = makePeople({
    roles: { operator: ['S0RELEASE'] },
    ...groupsFrom(client, log),
    team: () => actor.team,
    standing: async () => 'member',
    store: openMemory({ clock }).store,
    clock,
  });
});

afterEach(() => slack.close());

const refuses = (error: string): void =>
  slack.levers.says({ body: JSON.stringify({ ok: false, error }) }, { method: 'usergroups.users.list' });
const asked = (): number => slack.calls('usergroups.users.list').length;

/** What somebody is told who asks to promote. */
async function answered(): Promise<string | undefined> {
  const facts = await rolesOf({ people }, asking, configured());
  const refusal = requireRole({ ...facts, record: { service: 'checkout' } }, asking, 'operator');
  return refusal && `${plain(refusal.why)} ${plain(refusal.next)}`;
}

describe('a user group that cannot be read', () => {
  test.each([
    ['missing_scope', /S0RELEASE cannot be read: missing_scope\. Ask an admin of Slack .*usergroups:read/],
    ['plan_upgrade_required', /plan_upgrade_required\. User groups need a paid plan/],
    ['no_such_subteam', /no_such_subteam\. Compare its id/],
    ['a_word_of_tomorrow', /a_word_of_tomorrow\. Ask an admin of Slack/],
    ['internal_error', /so the answer is no\. Try again in a moment\.$/],
  ])('is named with the word and the cure: %s', async (error, words) => {
    refuses(error);
    expect(await answered()).toMatch(/^Slack could not be asked who may promote, so the answer is no\./);
    expect(await answered()).toMatch(words);
  });

  test('is logged once for each cause, and not asked by every press', async () => {
    refuses('missing_scope');
    for (let press = 0; press < 3; press += 1) await answered();
    expect(asked()).toBe(1);
    await clock.advance(10_000);
    await answered();
    expect(asked()).toBe(2);
    expect(warned).toMatchObject([{ group: 'S0RELEASE', error: 'missing_scope' }]);
    refuses('plan_upgrade_required');
    await clock.advance(10_000);
    await answered();
    expect(warned).toMatchObject([{}, { group: 'S0RELEASE', error: 'plan_upgrade_required' }]);
    slack.levers.up();
    await clock.advance(10_000);
    expect(await answered()).toBeUndefined();
  });

  test('is left alone for as long as Slack says', async () => {
    slack.levers.says(
      { status: 429, headers: { 'retry-after': '30' }, body: '{"ok":false,"error":"ratelimited"}' },
      { method: 'usergroups.users.list', times: 1 },
    );
    expect(await answered()).toMatch(/Try again in a moment\.$/);
    await clock.advance(29_000);
    await answered();
    expect(asked()).toBe(1);
    await clock.advance(1_000);
    expect(await answered()).toBeUndefined();
  });
});
