import type { Freeze, Settings } from '../release/settings.ts';
import type { Finding } from './mistakes.ts';
import type { ServiceOptions } from './schema.ts';

/** What no part of a service can know by itself: parts that contradict each other, and services that share a switch. */
export function crossChecks(
  services: ReadonlyMap<string, { settings: Settings; options: ServiceOptions }>,
): Finding[] {
  const findings: Finding[] = [];
  const switches = new Map<string, string>();
  for (const [name, { settings, options }] of services) {
    const at = (...path: (string | number)[]) => ['services', name, ...path];
    const { blue, green } = settings.colors;
    if (new URL(blue.url).href === new URL(green.url).href) {
      findings.push({ path: at('colors', 'green', 'url'), message: 'is the same as that of blue' });
    }
    if (settings.promotion.approvals > 0 && (settings.roles.approver ?? []).length === 0) {
      findings.push({
        path: at('promotion', 'approvals'),
        message: 'is above 0, but nobody is listed as approver, neither at the service nor globally',
      });
    }
    settings.freeze.forEach((freeze, i) => findings.push(...checkFreeze(freeze, at('freeze', i))));
    for (const link of ['version', 'compare'] as const) {
      const url = settings.links[link];
      if (url !== undefined && !/^https?:\/\/[^/\s{}]+/.test(url)) {
        findings.push({ path: at('links', link), message: 'must be an http or https URL' });
      }
    }
    if (options.router.kind !== 'haproxy') continue;
    for (const address of options.router.address) {
      const one = JSON.stringify([address, options.router.map, options.router.key]);
      const other = switches.get(one);
      if (other !== undefined) {
        findings.push({
          path: at('router', 'key'),
          message: `is switched by services.${other} too: same address, map and key`,
        });
        break;
      }
      switches.set(one, name);
    }
  }
  return findings;
}

function checkFreeze(freeze: Freeze, path: (string | number)[]): Finding[] {
  if ('start' in freeze) {
    return freeze.start < freeze.end ? [] : [{ path: [...path, 'end'], message: 'must be after start' }];
  }
  return (['from', 'to'] as const)
    .filter((key) => freeze[key] > '24:00')
    .map((key) => ({ path: [...path, key], message: 'must be 24:00 at the latest' }));
}
