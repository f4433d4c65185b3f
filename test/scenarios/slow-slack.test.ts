import { expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';

const slowMs = 6_000;
const { town, at } = sharedTown({
  services: { listed: {}, looked: {} },
  file: { roles: { operator: ['U0ANN', 'U0BOB'], approver: ['S0LEADS'], admin: ['U0CLEO'] } },
});

/** A process that has just started knows nobody's groups. */
async function freshBot(): Promise<void> {
  await town().bots[0]?.stop();
  await town().startBot();
}

it('a revert by somebody who is listed by id waits for no group', async () => {
  const listed = at('listed');
  await listed.released('v2');
  await freshBot();
  town().slack.levers.slow('usergroups.users.list', slowMs);
  const asked = town().slack.calls('usergroups.users.list').length;
  expect((await listed.does('ann', 'revert', 'now')).text).toMatch(/^revert: /);
  expect(town().slack.calls('usergroups.users.list')).toHaveLength(asked);
  await listed.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
  town().slack.levers.slow('usergroups.users.list', 0);
});

it('why looks at groups, router and colors at once, and answers in time although all are slow', async () => {
  const looked = at('looked');
  await looked.staged('v2');
  town().change({}, { roles: { operator: ['S0LEADS'], approver: ['S0LEADS'], admin: ['U0CLEO'] } });
  await freshBot();
  town().slack.levers.slow('usergroups.users.list', slowMs);
  looked.green.levers.hang = true;
  const { text } = await looked.does('ann', 'why');
  expect(text).toMatch(/^why looked/);
  expect(text).toContain('Slack could not be asked');
  expect(text).toContain('health of green');
  looked.green.levers.hang = false;
  town().slack.levers.slow('usergroups.users.list', 0);
});
