import { networkInterfaces } from 'node:os';
import type { Doubt } from '../release/ports.ts';
import type { Dump } from './nginx-configuration.ts';
import { colorOf, type Include, oddValue } from './nginx-include.ts';
import type { NginxAnswer } from './nginx-live.ts';
import type { NginxRouterOptions } from './nginx-options.ts';

/** The facts that could be read. */
export interface NginxFacts {
  /** Undefined: the file is not the one line; a promote is then refused with the reason. */
  include: Include | undefined;
  said: NginxAnswer;
  dump: Dump | undefined;
  oldWorkers: number | undefined;
}

/** Warnings about an nginx that works. */
export function nginxDoubts(options: NginxRouterOptions, found: NginxFacts): Doubt[] {
  const { include, liveUrl, values } = options;
  const doubts: Doubt[] = [];
  const { hostname } = new URL(liveUrl);
  if (!isHere(hostname))
    doubts.push({
      what: `liveUrl is at ${hostname}, which is not an address of this machine, but the include file is on this machine`,
      fix: 'run the bot on the machine of nginx, and name that machine in router.liveUrl',
    });
  const says = found.include && colorOf(options, found.include.value);
  const { heading } = found.said;
  const odd = found.include && oddValue(options, found.include);
  if (odd !== undefined)
    doubts.push({
      what: odd,
      fix: `make ${include} say ${values.blue} or ${values.green}`,
    });
  else if (says !== undefined && (heading === 'blue' || heading === 'green') && says !== heading)
    doubts.push({
      what: `the include file says ${says}, and nginx serves ${heading}: the next reload goes to ${says}`,
      fix: `was ${include} changed by hand? Make it say ${values[heading]}, or reload nginx and adopt`,
    });
  if (found.include && found.dump && !found.dump.files.has(include))
    doubts.push({
      what: "nginx's configuration does not name the include file by the path of router.include",
      fix: `put "include ${include};" into the server block`,
    });
  if (found.dump && !found.dump.limitsOldWorkers)
    doubts.push({
      what: 'worker_shutdown_timeout is not set: after a reload, old workers serve what is open for as long as it lasts',
      fix: 'set worker_shutdown_timeout at the top of nginx.conf, such as 10m',
    });
  if (found.oldWorkers !== undefined && found.oldWorkers > 0)
    doubts.push({
      what: `${found.oldWorkers} old ${found.oldWorkers === 1 ? 'worker of nginx still serves' : 'workers of nginx still serve'} what began before a reload`,
      fix:
        found.dump?.limitsOldWorkers === true
          ? 'wait for its end, at worker_shutdown_timeout at the latest, before you change the color that was left'
          : 'wait for its end before you change the color that was left, or set worker_shutdown_timeout',
    });
  return doubts;
}

function isHere(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '');
  if (plain === 'localhost' || plain.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === plain));
}
