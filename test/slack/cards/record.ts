import { settingsSchema } from '../../../src/release/settings.ts';
import type { Settings } from '../../../src/release/settings.ts';
import type { Release, ServiceRecord, State } from '../../../src/release/release.ts';
import type { ApprovalRequest } from '../../../src/release/request.ts';

export const ann = { kind: 'slack', user: 'U0ANN', team: 'T0HOME' } as const;
export const bob = { kind: 'slack', user: 'U0BOB', team: 'T0HOME' } as const;
export const at = Date.UTC(2026, 0, 5, 10);

/** Settings of checkout, with `change` in them. */
export function settingsWith(change: Record<string, unknown> = {}): Settings {
  return settingsSchema.parse(rawSettings(change));
}

/** The same as a record keeps them. */
export function rawSettings(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    colors: { blue: { url: 'http://10.0.0.11:8080' }, green: { url: 'http://10.0.0.12:8080' } },
    router: { kind: 'fake' },
    health: [{ kind: 'http' }],
    links: { version: 'https://git.example/{version}', compare: 'https://git.example/{from}...{to}' },
    ...change,
  };
}

/** Release #17 of checkout: v1.42.0 on green. */
export function releaseWith(change: Partial<Release> = {}): Release {
  return {
    id: 'r-17',
    number: 17,
    version: 'v1.42.0',
    color: 'green',
    from: 'v1.41.3',
    status: 'staged',
    stagedBy: ann,
    stagedAt: at,
    steps: [],
    ...change,
  };
}

/** An open request of ann for release #17. */
export function requestWith(change: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const covers = {
    release: 'r-17',
    version: 'v1.42.0',
    live: 'blue',
    target: 'green',
    epoch: 4,
    settings: 'd',
  } as const;
  return {
    id: 'q',
    status: 'open',
    requester: ann,
    openedAt: at,
    expiresAt: at + 3_600_000,
    needed: 2,
    covers,
    approvals: [],
    ...change,
  };
}

/** The record of checkout in a state: blue is live with v1.41.3 until green was promoted; epoch 4, revision 9. */
export function recordIn(state: State, change: Partial<ServiceRecord> = {}): ServiceRecord {
  const promoted = state === 'baking' || state === 'idle';
  const blue = { role: promoted ? 'previous' : 'live', version: 'v1.41.3', since: at } as const;
  const green = { role: promoted ? 'live' : 'staged', version: 'v1.42.0', since: at } as const;
  const status = {
    idle: 'live',
    staging: 'staging',
    staged: 'staged',
    promoting: 'promoting',
    baking: 'baking',
    reverting: 'reverting',
    stuck: 'stuck',
  } as const;
  const operation = {
    id: 'op',
    release: 'r-17',
    target: 'green' as const,
    version: 'v1.42.0',
    actor: ann,
    at,
    step: 'switch' as const,
    driver: 'd',
    kind: 'promote' as const,
  };
  return {
    schema: 1,
    service: 'checkout',
    revision: 9,
    epoch: 4,
    state,
    live: promoted ? 'green' : 'blue',
    colors: { blue, green },
    sequence: 17,
    releases: [releaseWith({ status: status[state] })],
    op: state === 'promoting' || state === 'stuck' ? operation : null,
    request: null,
    bake:
      state === 'baking'
        ? {
            release: 'r-17',
            startedAt: at,
            until: at + 600_000,
            verdict: 'healthy',
            wayBack: 'alive',
            hooksDone: true,
          }
        : null,
    lock: null,
    drift: null,
    lastRevert: null,
    reask: null,
    follow: null,
    persist: null,
    afterRevert: null,
    settings: rawSettings({ channel: 'C0RELEASES' }),
    digest: 'd',
    ...change,
  };
}
