import { expect, test } from 'vitest';
import { serviceFacts } from '../../src/cli/json.ts';
import type { View } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { releaseCard } from '../../src/slack/cards/release-card.ts';
import { describe } from '../../src/text/describe.ts';
import { ranked, statusLines, statusRow } from '../../src/text/status-lines.ts';
import { ann, at, recordIn, releaseWith, settingsWith } from '../slack/cards/record.ts';

const settings = settingsWith({ probe: {}, health: [{ kind: 'http', versionPath: 'version' }] });

function viewOf(record: ServiceRecord): View {
  return {
    service: record.service,
    configured: { settings, raw: {}, digest: 'd', seal: 's' },
    loaded: {
      record,
      now: at,
      lease: null,
      renewedAt: null,
      pendingRevert: null,
      asked: null,
      hasHistory: true,
      queue: [],
      queueLapsed: false,
      rate: 0,
    },
  };
}

const lock = { holder: ann, reason: 'load', since: at, until: null, remindAt: null };
/** What is open, with what the card, the status, the row and the JSON must have of it. */
const facts: [string, ServiceRecord, { card: RegExp; status: RegExp; row?: string; json: object }][] = [
  [
    'lock',
    recordIn('idle', { lock }),
    {
      card: /Locked by <@U0ANN> since .*until somebody unlocks it: load/,
      status: /^lock: by @U0ANN since .*until somebody unlocks it: load$/m,
      row: ' · locked',
      json: { lock: { reason: 'load' } },
    },
  ],
  [
    'countdown',
    recordIn('baking', {
      autoRevert: {
        epoch: 4,
        release: 'r-17',
        holds: 1,
        countdown: {
          id: 'c1',
          startedAt: at,
          endsAt: at + 60_000,
          causes: [{ kind: 'limit', words: ['The limit is passed.'] }],
          hold: { actor: ann, at, until: at + 600_000, reason: 'load test' },
        },
      },
    }),
    {
      card: /Held by <@U0ANN>\. Reason: load test\. Then it counts down again if the cause is still there\. The limit is passed\./,
      status:
        /^automatic revert: ⏸️ checkout does not go back by itself until .*\. Held by @U0ANN\. Reason: load test\. Then/m,
      row: ' · automatic revert held',
      json: {
        countdown: {
          causes: [{ kind: 'limit', text: 'The limit is passed.' }],
          hold: { reason: 'load test' },
        },
      },
    },
  ],
  [
    'readOnly',
    recordIn('baking', {
      readOnly: { id: 'w', release: 'r-17', since: at, until: at + 300_000, renewAt: at + 5_000 },
    }),
    {
      card: /Read-only until .*: writes get 503\./,
      status: /^writes: Read-only until .*: writes get 503\. switchback read-write checkout ends it\.$/m,
      row: ' · read-only',
      json: {
        readOnly: {
          since: new Date(at).toISOString(),
          until: new Date(at + 300_000).toISOString(),
          switchAt: null,
        },
      },
    },
  ],
  [
    'readOnly',
    recordIn('promoting', {
      readOnly: {
        id: 'w',
        release: 'r-17',
        since: at,
        until: null,
        switchAt: at + 120_000,
        renewAt: at + 5_000,
      },
    }),
    {
      card: /Read-only: writes get 503\. The switch comes at /,
      status:
        /^writes: Read-only: writes get 503\. The switch comes at .*\. switchback read-write checkout stops it\.$/m,
      row: ' · read-only',
      json: {
        readOnly: {
          since: new Date(at).toISOString(),
          until: null,
          switchAt: new Date(at + 120_000).toISOString(),
        },
      },
    },
  ],
  [
    'data',
    recordIn('baking', {
      dataSync: {
        color: 'blue',
        since: at,
        bad: 3,
        why: 'blue lags',
        missed: '2 rows are not on blue (a 2)',
      },
    }),
    {
      card: /Data: a revert would be refused since .*: blue lags; 2 rows are not on blue \(a 2\)\./,
      status: /^data: a revert would be refused since .*: blue lags; 2 rows are not on blue \(a 2\)$/m,
      row: ' · not in sync',
      json: { data: { color: 'blue', inSync: false, why: 'blue lags' } },
    },
  ],
  [
    'fed',
    recordIn('baking', {
      fed: [
        {
          id: 'f',
          call: {
            release: 'r-17',
            version: 'v1.42.0',
            from: 'blue',
            to: 'green',
            epoch: 4,
            actor: 'U0ANN',
            reason: '',
          },
          since: at,
          callAt: at,
          tries: 2,
          on: false,
          cause: 'feed.example/on: answered 500',
        },
      ],
    }),
    {
      card: /Not both fed\. Both fed: no: feed\.example\/on: answered 500; it is called again/,
      status: /^both fed: no: feed\.example\/on: answered 500; it is called again until it answers$/m,
      row: ' · not both fed',
      json: { fed: { on: false, cause: 'feed.example/on: answered 500' } },
    },
  ],
  [
    'noWayBack',
    recordIn('baking', {
      releases: [releaseWith({ status: 'baking', noWayBack: { reason: 'it drops a column', by: ann, at } })],
    }),
    {
      card: /No way back: it drops a column \(<@U0ANN>, /,
      status: /^no way back: it drops a column \(@U0ANN, 2026-01-05T10:00:00\.000Z\)$/m,
      row: ' · no way back',
      json: { noWayBack: { reason: 'it drops a column', by: { id: 'U0ANN' } } },
    },
  ],
  [
    'writesOff',
    recordIn('baking', {
      writesOff: {
        id: 'w',
        call: {
          release: 'r-17',
          version: 'v2',
          from: 'blue',
          to: 'green',
          epoch: 2,
          actor: 'U1',
          reason: '',
        },
        since: at,
        callAt: at + 1_000,
        tries: 1,
        cause: 'hooks.example/off answered 500',
      },
    }),
    {
      card: /❌ Writes may be stopped since .*\. hooks\.example\/off answered 500\. It is called again until it answers\./,
      status: /^writes: may be stopped since .*\. hooks\.example\/off answered 500\. It is called/m,
      row: ' · writes may be stopped',
      json: {
        writesOff: { since: new Date(at).toISOString(), cause: 'hooks.example/off answered 500' },
      },
    },
  ],
  [
    'following',
    recordIn('idle', { follow: { instances: ['a', 'b'], at } }),
    {
      card: /Router: a, b must still be switched/,
      status: /^following: a, b must still be switched$/m,
      json: { following: ['a', 'b'] },
    },
  ],
  [
    'reload',
    recordIn('idle', { persist: { cause: 'read-only', at } }),
    {
      card: /Router: a reload would go back to blue \(read-only\)/,
      status: /^reload: a reload would go back to blue \(read-only\); tried again every 10 s$/m,
      json: { reload: 'read-only' },
    },
  ],
  [
    'versionDrift',
    recordIn('idle', { versionDrift: { color: 'green', saw: 'v9', at } }),
    {
      card: /version-drift.*green reports v9/,
      status: /version-drift: .*green reports v9/,
      row: ' · version-drift: green reports v9',
      json: { versionDrift: 'v9' },
    },
  ],
];

test.each(facts)('%s is found once, and told alike by card, status, list and JSON', (_, record, wants) => {
  const view = viewOf(record);
  const [newest] = record.releases;
  if (newest === undefined) throw new Error('no release');
  expect(JSON.stringify(releaseCard(record, newest, settings, undefined, view.loaded).blocks)).toMatch(
    wants.card,
  );
  expect(statusLines(view).map(plain).join('\n')).toMatch(wants.status);
  expect(plain(statusRow(view))).toContain(wants.row ?? 'checkout');
  expect(serviceFacts(view)).toMatchObject(wants.json);
});

test('a fact that is not there is in none of them', () => {
  const {
    lock: none,
    freeze,
    reload,
    following,
    waiting,
    drift,
    unchecked,
  } = describe(viewOf(recordIn('idle')));
  expect([none, freeze, reload, following, waiting, drift, unchecked]).toEqual(Array(7).fill(undefined));
});

test('a list begins with what needs somebody now, and ends with what is well', () => {
  const named = (service: string, record: ServiceRecord): View => viewOf({ ...record, service });
  const { views, attention } = ranked([
    named('a-well', recordIn('idle')),
    named('b-locked', recordIn('idle', { lock })),
    named('c-staged', recordIn('staged')),
    named('d-baking', recordIn('baking')),
    named('e-stuck', recordIn('stuck')),
  ]);
  expect(views.map(({ service }) => service)).toEqual([
    'e-stuck',
    'd-baking',
    'c-staged',
    'b-locked',
    'a-well',
  ]);
  expect(attention).toBe(4);
});
