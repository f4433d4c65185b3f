import { describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import type { Actor } from '../../src/release/actor.ts';
import type { Answer } from '../../src/release/command.ts';
import { descriptions } from '../../src/release/verbs/index.ts';
import type { AlertCommand, Command } from '../../src/release/verbs/index.ts';
import { recordSchema } from '../../src/release/release.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import type { RouterView, Loaded } from '../../src/release/store.ts';
import { drawReply } from '../../src/slack/reply.ts';
import type { Gates } from '../../src/release/explain-gates.ts';
import type { Desk } from '../../src/slack/subcommands/subcommand.ts';
import type { Compared } from '../../src/release/evidence/compare-now.ts';
import { subcommands } from '../../src/slack/subcommands/index.ts';
import { parseCommand, runCommand } from '../../src/slack/run-command.ts';
import { catalogOf, configured } from './way-in.ts';

const ann: Actor = { kind: 'slack', user: 'U0ANN', team: 'T1' };
const now = 1_790_000_000_000;

function recordOf(service: string, more: Partial<ServiceRecord> = {}): ServiceRecord {
  const color = { since: now - 60_000 };
  return recordSchema.parse({
    schema: 1,
    service,
    revision: 3,
    epoch: 4,
    state: 'idle',
    live: 'blue',
    colors: {
      blue: { ...color, role: 'live', version: 'v1.41.3' },
      green: { ...color, role: 'previous', version: 'v1.40.0' },
    },
    sequence: 17,
    releases: [],
    op: null,
    request: null,
    bake: null,
    lock: null,
    drift: null,
    lastRevert: null,
    reask: null,
    follow: null,
    persist: null,
    afterRevert: null,
    settings: {},
    digest: 'd',
    ...more,
  });
}

function deskOf(
  records: (ServiceRecord | null)[],
  options: {
    names?: string[];
    asked?: RouterView | null;
    roles?: string[];
    answer?: Answer;
    gates?: Gates;
    compared?: Compared;
  } = {},
) {
  const commands: (AlertCommand | Command)[] = [];
  const names = options.names ?? records.flatMap((record) => (record === null ? [] : [record.service]));
  const loadedOf = (service: string): Loaded => ({
    record: records.find((record) => record?.service === service) ?? null,
    now,
    lease: null,
    renewedAt: null,
    pendingRevert: null,
    asked: options.asked ?? null,
    hasHistory: false,
    queue: [],
    queueLapsed: false,
    rate: 0,
  });
  const desk: Desk = {
    diff: async () => ({ why: ['Nothing is staged.'] }),
    store: {
      ...openMemory().store,
      load: async (service) => loadedOf(service),
      loadMany: async (services) => services.map(loadedOf),
      services: async () => records.flatMap((record) => (record === null ? [] : [record.service])),
    },
    catalog: catalogOf(Object.fromEntries(names.map((name) => [name, configured()]))),
    people: {
      may: async (_actor, roles) =>
        roles.some((role) => (options.roles ?? []).includes(role)) ? 'yes' : 'no',
      mentions: () => [],
    },
    async submit(command) {
      commands.push(command);
      return options.answer ?? { ok: true, text: [command.verb] };
    },
    inspect: async () => options.gates ?? { promote: [], revert: [] },
    compare: async () => options.compared ?? { live: null, why: ['There is no way back to compare with.'] },
    log: { info() {}, warn() {}, error() {} },
  };
  const ask = async (text: string): Promise<string> =>
    drawReply(await runCommand({ read: parseCommand(text), actor: ann, marks: ['m1'] }, desk)).text;
  return { desk, ask, commands };
}

describe('status of a service', () => {
  test('says first what the record says', async () => {
    const { ask } = deskOf([recordOf('checkout')], {
      asked: { heading: 'blue', detail: 'blue', at: now - 12_000 },
    });
    const text = await ask('status checkout');
    expect(text.split('\n').slice(0, 3)).toEqual(['status checkout', 'state: idle', 'live: blue v1.41.3']);
    expect(text).toContain('idle: green v1.40.0 (previous, the way back)');
    expect(text).toContain('router: blue, asked 12 s ago');
    expect(text).not.toContain('router-drift');
    expect(text).toContain(
      'next: /release stage checkout <version>'.replace('<', '&lt;').replace('>', '&gt;'),
    );
  });

  test('says when nobody can rely on the way back', async () => {
    const record = recordOf('checkout');
    record.colors.green.mayBecome = 'v1.42.0';
    expect(await deskOf([record]).ask('status checkout')).toContain(
      'idle: green v1.40.0 (previous, the way back; in doubt: a deploy of v1.42.0 may change it at any time)',
    );
  });

  test('names drift literally, and before the color that the record says', async () => {
    const { ask } = deskOf([recordOf('checkout')], {
      asked: { heading: 'green', detail: 'green', at: now - 3_000 },
    });
    const text = await ask('status checkout');
    expect(text).toContain('router-drift, the router says green, the record blue; asked 3 s ago');
    expect(text.split('\n').slice(0, 4)).toEqual([
      'status checkout',
      '🚨 router-drift: the record says blue, but the router sends traffic to green.',
      'state: idle',
      'live: blue v1.41.3',
    ]);
    expect(await ask('status')).toContain(
      'checkout · 🚨 router-drift: the router says green · idle · blue v1.41.3',
    );
  });

  test('says in a few words what cannot be known, and warns of no reload that was not tried yet', async () => {
    const persist = { cause: 'not written yet', at: now, untold: true };
    const text = await deskOf([recordOf('checkout', { persist })]).ask('status checkout');
    expect(text).toMatch(/^not known: not probed/m);
    expect(text).not.toContain('a reload would go back');
  });

  test('calls an answer from before the recorded switch no drift', async () => {
    const { ask } = deskOf([recordOf('checkout')], {
      asked: { heading: 'green', detail: 'green', at: 0 },
    });
    expect(await ask('status checkout')).not.toContain('router-drift');
  });

  test('calls it no drift while a switch is under way', async () => {
    const { ask } = deskOf([recordOf('checkout', { state: 'promoting' })], {
      asked: { heading: 'green', detail: 'green', at: now },
    });
    expect(await ask('status checkout')).not.toContain('router-drift');
  });

  test('lists what is open', async () => {
    const { ask } = deskOf([
      recordOf('checkout', {
        state: 'staged',
        lock: { holder: ann, reason: 'load test <!here>', since: now - 1_000, until: null, remindAt: null },
        request: {
          id: 'q',
          status: 'open',
          requester: ann,
          openedAt: now,
          expiresAt: now + 60_000,
          needed: 2,
          approvals: [{ actor: ann, at: now }],
          covers: { release: 'r', version: 'v', live: 'blue', target: 'green', epoch: 4, settings: 'd' },
        },
      }),
    ]);
    const text = await ask('status checkout');
    expect(text).toContain('approval: 1 of 2');
    expect(text).toContain('until somebody unlocks it: load test &lt;!here&gt;');
    expect(text).toContain('next: 1 more approval');
  });

  test('knows a service that was never adopted, one that left the file, and one that never was', async () => {
    const { ask } = deskOf([recordOf('old')], { names: ['checkout'] });
    expect(await ask('status checkout')).toContain('state: unknown\nlive: unknown');
    expect(await ask('status old')).toContain('state: unconfigured\nlive: blue v1.41.3');
    expect(await ask('status chekout')).toMatch(/^unknown-service: .*Did you mean checkout\?/);
  });
});

test('a service that only another replica’s file names is shown as it is, and never takes itself for another', async () => {
  const { desk, ask } = deskOf([recordOf('old')], {
    names: ['checkout'],
    answer: { ok: false, refusal: { code: 'unknown-service', why: ['Another has it.'], next: ['no'] } },
  });
  await desk.store.configurations({ digest: 'bbbb', services: ['old', 'new'], sources: [] });
  const note = 'in the file of another replica, but not of the one that answers';
  expect(await ask('status old')).toContain(`state: idle\nlive: blue v1.41.3\nfile: ${note}`);
  expect(await ask('status')).toContain(`old · idle · blue v1.41.3 · file: ${note}`);
  expect(await ask('status new')).toMatch(
    /^unknown-service: .* has no new in its file; another running replica/,
  );
  expect(await ask('stage new v1')).toContain('Another has it.');
  expect(await ask('stage old v1')).toContain('Another has it.');
});

test('status of everything counts one service as one', async () => {
  const { desk } = deskOf([recordOf('checkout')]);
  const { lines } = await runCommand({ read: parseCommand('status'), actor: ann, marks: [] }, desk);
  expect(drawReply({ lines }).text).toMatch(/^status: 1 service, needing attention: 0\./);
});

test('status of everything puts first what needs attention, 20 rows a page, and reads the records once for all', async () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `svc-${String(i).padStart(4, '0')}`);
  const records = names.map((name, i) => recordOf(name, i === 1_999 ? { state: 'stuck' } : {}));
  const { desk } = deskOf(records);
  const byName = new Map(records.map((record) => [record.service, record]));
  const looks: number[] = [];
  desk.store.loadMany = async (services) => {
    looks.push(services.length);
    return services.map((service) => ({
      record: byName.get(service) ?? null,
      now,
      lease: null,
      renewedAt: null,
      pendingRevert: null,
      asked: null,
      hasHistory: true,
      queue: [],
      queueLapsed: false,
      rate: 0,
    }));
  };
  const status = () => runCommand({ read: parseCommand('status'), actor: ann, marks: [] }, desk);
  const [reply] = await Promise.all([status(), status(), status()]);
  const drawn = drawReply(reply);
  const [head, ...rows] = drawn.text.split('\n');
  expect(head).toBe('status: 2000 services, needing attention: 1, page 1 of 100.');
  expect(rows).toHaveLength(20);
  expect(rows[0]).toContain('svc-1999 · stuck');
  expect(reply.buttons).toEqual([{ action: 'status.page', label: 'Next', value: '{"p":1}' }]);
  // People who ask at the same time share one look at all records; `npm run bench -- many` measures the time.
  expect(looks).toEqual([2_000]);
});

describe('help', () => {
  test('shows only what this person may use', async () => {
    const nobody = await deskOf([recordOf('checkout')]).ask('');
    expect(nobody).toMatch(/^help: /);
    expect(nobody).toContain('status checkout');
    expect(nobody).not.toMatch(/promote|approve|adopt/);
    const operator = await deskOf([recordOf('checkout')], { roles: ['operator'] }).ask('help');
    expect(operator).toContain('promote checkout');
    expect(operator).not.toContain('adopt checkout');
  });

  test('explains one verb, and every verb has its example read as itself', async () => {
    const { ask, desk, commands } = deskOf([recordOf('checkout')]);
    expect(await ask('help lock')).toContain('lock &lt;service&gt; [--for 2h] &lt;reason&gt;');
    for (const { example, verb } of subcommands) {
      const reply = await runCommand({ read: parseCommand(example), actor: ann, marks: [] }, desk);
      expect(drawReply(reply).text.startsWith(verb)).toBe(true);
    }
    const typed = descriptions.filter(({ usage }) => usage !== undefined);
    expect(commands.map((command) => command.verb)).toEqual(typed.map(({ name }) => name));
  });
});

test('a dry run shows the gates and submits nothing', async () => {
  const gates: Gates = {
    promote: [
      { gate: 'staged', refusal: undefined },
      { gate: 'freeze', refusal: { code: 'frozen', why: ['Year end.'], next: ['It ends by itself.'] } },
    ],
    revert: [],
  };
  const { ask, commands, desk } = deskOf([recordOf('checkout')], { gates });
  const text = await ask('promote checkout --dry-run');
  expect(text).toContain('promote checkout, dry run: it would be refused');
  expect(text).toContain('❌ fail · freeze · frozen: Year end. It ends by itself.');
  const asked: unknown[] = [];
  desk.inspect = async (_service, _actor, overrides) => {
    asked.push(overrides);
    return { promote: [], revert: [] };
  };
  expect(await ask('promote checkout --dry-run --during-freeze outage')).toContain('it would go ahead');
  expect(asked).toEqual([{ duringFreeze: 'outage' }]);
  expect(await ask('why checkout')).toContain('revert: nothing blocks it');
  expect(commands).toEqual([]);
});

test('a lock has a duration of at most seven days', async () => {
  const { ask, commands } = deskOf([recordOf('checkout')]);
  expect(await ask('lock checkout --for 8d migration')).toMatch(/^bad-arguments: .*at most 7 d/);
  expect(await ask('lock checkout --for soon migration')).toMatch(/^bad-arguments: /);
  expect(await ask('lock checkout --for 90m migration')).toBe('lock');
  expect(commands).toMatchObject([{ verb: 'lock', forMs: 5_400_000, reason: 'migration' }]);
});

test('history shows times to the second, with the steps next to what they led to', async () => {
  const { desk, ask } = deskOf([recordOf('checkout')]);
  const entry = (what: string, text: string, seconds: number) => ({
    at: Date.UTC(2026, 0, 5, 10, 0, seconds),
    actor: ann,
    what,
    text: [text],
    release: 'r-17',
  });
  desk.store.history = async () => [
    entry('staged', 'checkout #17 on green', 9),
    entry('step', 'health done: healthy', 8),
    entry('step', 'deploy done', 7),
    entry('stage', 'checkout #17', 3),
  ];
  const [, staged, stage, ...rest] = (await ask('history checkout')).split('\n');
  expect(staged).toContain('2026-01-05 10:00:09 UTC');
  expect(staged).toMatch(/staged · checkout #17 on green \(deploy done, health done: healthy\)$/);
  expect(stage).toMatch(/10:00:03 UTC .* stage · checkout #17$/);
  expect(rest).toEqual([]);
});

test('history shows the newest entries with their codes and counts', async () => {
  const { desk, ask } = deskOf([recordOf('checkout')]);
  expect(await ask('history checkout')).toBe('history checkout: nothing has happened yet.');
  desk.store.history = async (_service, count) =>
    Array.from({ length: Math.min(count, 3) }, () => ({
      at: now,
      actor: ann,
      what: 'refused',
      text: ['promote'],
      code: 'locked' as const,
      times: 2,
    }));
  expect((await ask('history checkout 2 --refused')).split('\n')[1]).toContain(
    'refused locked · promote (2 times)',
  );
  expect(await ask('history checkout 2')).toBe(
    'history checkout: the newest 0.\n6 refused, not shown: /release history checkout --refused shows them.',
  );
});

test('an unknown service gets a hint with every refusal', async () => {
  const { ask } = deskOf([recordOf('checkout')], {
    answer: { ok: false, refusal: { code: 'unknown-service', why: ['no'], next: ['no'] } },
  });
  expect(await ask('promote chekout')).toMatch(
    /^unknown-service: promote was refused\. There is no service chekout\. Did you mean checkout\?/,
  );
});

test('a service that left the file is not said to be unknown', async () => {
  const { ask } = deskOf([recordOf('old')], {
    names: ['older'],
    answer: {
      ok: false,
      refusal: { code: 'unknown-service', why: ['Only its record is left.'], next: ['no'] },
    },
  });
  const answer = await ask('revert old');
  expect(answer).toContain('Only its record is left.');
  expect(answer).not.toContain('There is no service');
});

test('a service that cannot be one, and a verb that help does not know, get a hint as well', async () => {
  const { ask } = deskOf([recordOf('checkout')]);
  expect(await ask('status check_out')).toMatch(
    /^bad-arguments: .*check_out cannot be .*Did you mean checkout\? Services: checkout.* Usage: status/,
  );
  expect(await ask('help promot')).toMatch(/^bad-arguments: .*Did you mean promote\? Verbs: help, /);
});

test('a dry run says when a request for approval would be opened', async () => {
  const refusal = { code: 'approval-needed' as const, why: ['It needs 1 approval.'], next: ['Ask.'] };
  const gates = { promote: [{ gate: 'approvals', refusal }], revert: [] };
  const { ask } = deskOf([recordOf('checkout')], { gates });
  expect(await ask('promote checkout --dry-run')).toContain('dry run: it would open a request for approval');
});
