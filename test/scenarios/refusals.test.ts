import { describe, expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';
import type { Visit } from '../support/conversation.ts';

const always = {
  start: '2020-01-01T00:00',
  end: '2060-01-01T00:00',
  zone: 'Europe/Berlin',
  reason: 'Year end',
};

describe('every refusal says what was refused, why, and what to do', () => {
  const { town, at } = sharedTown({
    services: {
      plain: {},
      rested: {},
      locked: {},
      frozen: { freeze: [always] },
      staged: { promotion: { approvals: 1, bake: '60s' } },
      baked: {},
      busy: {},
    },
    file: {
      roles: {
        operator: ['U0ANN', 'U0BOB', 'U0DAN'],
        approver: ['U0BOB'],
        admin: ['U0CLEO'],
      },
    },
  });

  interface Row {
    code: string;
    when: string;
    service: string;
    types: [who: string, verb: string, rest?: string];
    before?: (at: Visit) => Promise<unknown>;
    says: RegExp;
  }
  const rows: Row[] = [
    {
      code: 'bad-arguments',
      when: 'a stage without a version',
      service: 'plain',
      types: ['ann', 'stage'],
      says: /needs a version\. Usage: stage <service> <version>/,
    },
    {
      code: 'bad-arguments',
      when: 'a word that is no verb',
      service: 'plain',
      types: ['ann', 'promot'],
      says: /Did you mean promote\?.*Verbs: /s,
    },
    {
      code: 'unknown-service',
      when: 'a service that is not there',
      service: 'plain',
      types: ['ann', 'status plian'],
      says: /Did you mean plain\?.*Services: .*plain/s,
    },
    {
      code: 'not-allowed',
      when: 'somebody without a role stages',
      service: 'plain',
      types: ['zoe', 'stage', 'v2'],
      says: /needs the role operator.*Ask .+, or have U0ZOE listed/s,
    },
    {
      code: 'not-allowed',
      when: 'an approver who is no operator adopts',
      service: 'plain',
      types: ['bob', 'adopt'],
      says: /needs the role admin.*Ask .+, or have U0BOB listed/s,
    },
    ...(['approve', 'reject', 'settle'] as const).map(
      (verb): Row => ({
        code: 'nothing-to-do',
        when: `${verb} without an object`,
        service: 'plain',
        types: ['bob', verb],
        says: /plain/,
      }),
    ),
    ...(['cancel', 'unlock', 'retry'] as const).map(
      (verb): Row => ({
        code: 'nothing-to-do',
        when: `${verb} without an object`,
        service: 'plain',
        types: ['ann', verb],
        says: /plain/,
      }),
    ),
    {
      code: 'nothing-to-do',
      when: 'adopt without drift',
      service: 'plain',
      types: ['cleo', 'adopt'],
      says: /agree/,
    },
    {
      code: 'nothing-staged',
      when: 'a promote of nothing',
      service: 'plain',
      types: ['ann', 'promote'],
      says: /stage plain <version>/,
    },
    {
      code: 'already-live',
      when: 'staging what is live',
      service: 'plain',
      types: ['ann', 'stage', 'v1'],
      says: /v1 is already live on blue/,
    },
    {
      code: 'nothing-to-revert-to',
      when: 'a revert before anything was promoted',
      service: 'plain',
      types: ['ann', 'revert'],
      says: /nobody knows what runs on green\. plain is idle, live: blue v1\./,
    },
    {
      code: 'locked',
      when: 'a stage of a locked service, by the holder',
      service: 'locked',
      before: (locked) => locked.does('ann', 'lock', 'a database migration'),
      types: ['ann', 'stage', 'v2'],
      says: /a database migration.*or an admin may unlock it|Any operator may/s,
    },
    {
      code: 'frozen',
      when: 'a stage in a freeze',
      service: 'frozen',
      types: ['ann', 'stage', 'v2'],
      says: /Year end.*--during-freeze/s,
    },
    {
      code: 'approval-needed',
      when: 'promote asked again',
      service: 'staged',
      before: async (staged) => {
        await staged.staged('v2');
        await staged.does('bob', 'promote');
      },
      types: ['ann', 'promote'],
      says: /0 of 1 approvals.*@bob/s,
    },
    {
      code: 'self-approval',
      when: 'approving what one asked for',
      service: 'staged',
      types: ['bob', 'approve'],
      says: /somebody else must approve it\..*Ask an admin/s,
    },
    {
      code: 'operation-in-progress',
      when: 'a stage while the last release bakes',
      service: 'baked',
      before: (baked) => baked.baking('v2'),
      types: ['ann', 'stage', 'v3'],
      says: /still baking.*\/release settle \S+, or revert/s,
    },
    {
      code: 'operation-in-progress',
      when: 'a stage during a stage',
      service: 'busy',
      before: async (busy) => {
        busy.green.levers.hang = true;
        await busy.does('bob', 'stage', 'v2');
      },
      types: ['ann', 'stage', 'v3'],
      says: /staging \(#1\), started by @bob/,
    },
  ];

  /** Known before any record is. */
  const edges = new Set(['bad-arguments', 'unknown-service']);

  it.each(rows)('$code: $when', async ({ code, service, before, types: [who, verb, rest], says }) => {
    const place = at(service);
    await before?.(place);
    const answer = verb.includes(' ')
      ? await town().slack.person(who).types(place.channel, `/release ${verb}`)
      : await place.does(who, verb, rest);
    expect(answer.text).toMatch(new RegExp(`^${code}: `));
    const shown = answer.shown.replaceAll('`', '');
    expect(shown).toMatch(says);
    const { state } = await place.record();
    const told = edges.has(code)
      ? []
      : [`${verb} of ${service} was refused.`, `${service} is ${state}, live: `];
    for (const words of told) expect(shown).toContain(words);
    place.green.levers.hang = false;
  });

  it('too-many-requests: the 121st changing command in a minute, while a revert is still accepted', async () => {
    const rested = at('rested');
    let last = '';
    // The allowance refills meanwhile: on a slow machine it takes more than 121.
    for (let sent = 0; sent < 400 && !last.startsWith('too-many'); sent += 1)
      last = (await rested.does('dan', 'unlock')).text;
    expect(last).toMatch(/^too-many-requests: /);
    expect((await rested.does('dan', 'revert')).text).toMatch(/^nothing-to-revert-to: /);
    expect((await rested.does('dan', 'status')).text).toMatch(/^status rested/);
    expect((await rested.does('ann', 'unlock')).text).toMatch(/^nothing-to-do: /);
  });

  it('refusals stand in the history, equal ones of a minute as one entry', async () => {
    const plain = at('plain');
    await plain.does('zoe', 'promote');
    await plain.does('zoe', 'promote');
    const history = (await plain.does('zoe', 'history', '50 --refused')).shown;
    expect(history).toMatch(/@zoe · refused `not-allowed` · promote: .*\(2 times\)/);
    expect((await plain.record()).revision).toBe(1);
  });

  it('counts refusals by code in the metrics', async () => {
    const metrics = await until('metrics', async () =>
      (await fetch(`http://127.0.0.1:${town().bots[0]?.bot.port}/metrics`)).text(),
    );
    expect(metrics).toMatch(/refusals_total\{code="nothing-staged"\} 1/);
  });
});
