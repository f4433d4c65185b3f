#!/usr/bin/env node
/**
 * Makes sure that the servers which the tests run against are here: real Redis, Sentinel, HAProxy, nginx, Caddy,
 * Prometheus, Alertmanager, PostgreSQL and PgBouncer, and a browser, since nothing is skipped. As root on a Debian-like system it installs what is missing, without starting a service; else it says what
 * to type and exits with 1.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const packages = new Map([
  ['redis-server', 'redis-server'],
  ['redis-cli', 'redis-tools'],
  ['redis-sentinel', 'redis-sentinel'],
  ['haproxy', 'haproxy'],
  ['caddy', 'caddy'],
  ['nginx', 'nginx'],
  ['openssl', 'openssl'],
  ['chromium', 'chromium'],
  ['kubectl', 'kubernetes-client'],
  ['prometheus', 'prometheus'],
  ['prometheus-alertmanager', 'prometheus-alertmanager'],
  ['postgres', 'postgresql'],
  ['pgbouncer', 'pgbouncer'],
]);

const missing = [...packages.keys()].filter((program) => find(program) === undefined);
if (missing.length > 0) provide(missing);

/** @param {string[]} programs */
function provide(programs) {
  const wanted = [...new Set(programs.map((program) => packages.get(program) ?? program))];
  const install = `apt-get install -y --no-install-recommends ${wanted.join(' ')}`;
  const byHand = `sudo apt-get update && sudo ${install}`;
  console.error(`The tests need ${programs.join(', ')}, which this machine does not have.`);
  if (process.getuid?.() !== 0 || find('apt-get') === undefined) {
    console.error(`Install it, then run the tests again. On Debian or Ubuntu:\n  ${byHand}`);
    process.exit(1);
  }
  console.error(`Installing: ${wanted.join(', ')}`);
  withoutServiceStarts(() => run('apt-get', ['update', '-q']) && run('apt-get', install.split(' ').slice(1)));
  const still = programs.filter((program) => find(program) === undefined);
  if (still.length > 0) {
    console.error(`Still missing after the installation: ${still.join(', ')}. By hand:\n  ${byHand}`);
    process.exit(1);
  }
}

/**
 * Debian asks policy-rc.d before it starts a service; 101 means no. An existing policy is left as it is.
 * @param {() => void} work
 */
function withoutServiceStarts(work) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Standard output stays that of the tests.
  const { status } = spawnSync(command, args, { env, stdio: ['ignore', 2, 2] });
  return status === 0;
}

/** @param {string} program */
function find(program) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    ...postgres(),
  ];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Where Debian has the programs of PostgreSQL: a folder for each version. */
function postgres() {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
}
