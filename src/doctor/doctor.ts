import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { makeLog } from '../log.ts';
import { useProxies } from '../net/proxy.ts';
import { openRedis } from '../redis/open.ts';
import { examine } from './examine.ts';
import { lister } from './finding.ts';
import type { Finding } from './finding.ts';

/** Longest wait for the first answer of Redis, in ms. */
const connectMs = 3_000;

/** Prints one line for each finding, or all as one JSON array. Resolves to the exit code: 0 only without errors. */
export async function doctor(config: Config, { json }: { json: boolean }): Promise<number> {
  useProxies(config.proxies);
  const log = makeLog({ level: 'silent', secrets: config.secrets });
  const { url = '', prefix, access } = config.redis;
  const redis = openRedis(url, { prefix, access, log, replicaName: `switchback-doctor-${process.pid}` });
  const findings: Finding[] = [];
  const list = lister((line) => process.stdout.write(`${line}\n`));
  try {
    const until = performance.now() + connectMs;
    while (!redis.ready() && performance.now() < until) await setTimeout(20);
    for await (const finding of examine({ config, redis, log })) {
      findings.push(finding);
      if (!json) list.add(finding);
    }
    list.end();
  } finally {
    redis.close();
  }
  const bad = findings.filter(({ state }) => state === 'wrong').length;
  if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else process.stdout.write(`\n${summary(bad, findings.filter(({ state }) => state === 'warn').length)}\n`);
  return bad === 0 ? 0 : 1;
}

function summary(bad: number, warnings: number): string {
  const known = warnings === 0 ? '' : warnings === 1 ? 'One warning. ' : `${warnings} warnings. `;
  return `${known}${bad === 0 ? 'All is well.' : `${bad} to fix.`}`;
}
