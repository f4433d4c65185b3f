/** A town whose services are switched by rules of a load balancer, which a real HAProxy follows, and somebody else who has them too. */
import { afterAll, beforeAll, vi } from 'vitest';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type AlbService, albService } from './alb-world.ts';
import { type Elb, forward, startElb } from './elb.ts';
import type { Haproxy } from './service.ts';
import { sharedTown } from './shared-town.ts';

/** The town of a `describe` or file, as `sharedTown` has it, with these services. */
export function albTown(services: readonly string[]) {
  let elb: Elb | undefined;
  const rules = new Map<string, AlbService>();
  const standing = new Set<string>();
  const double = (): Elb => {
    if (!elb) throw new Error('the load balancer is not started yet');
    return elb;
  };
  const rule = (service: string): AlbService => {
    const found = rules.get(service);
    if (!found) throw new Error(`no rule of ${service}`);
    return found;
  };
  beforeAll(async () => {
    elb = await startElb();
  });
  const shared = sharedTown(() => {
    const settings = (service: string) => (haproxy: Haproxy) => {
      rules.set(service, albService(double(), service));
      return {
        router: { ...rule(service).settings(), settles: '2s' },
        probe: { url: haproxy.frontend(service), colorHeader: 'x-color' },
      };
    };
    return { services: Object.fromEntries(services.map((service) => [service, settings(service)])) };
  });
  beforeAll(() => {
    double().changed = (arn, now) => {
      const [name, place] = [...rules].find(([, each]) => each.rule === arn) ?? [];
      if (name === undefined || place === undefined || standing.has(name)) return;
      const green = now[0]?.ForwardConfig?.TargetGroups?.find((each) => each.TargetGroupArn === place.green);
      const color = green?.Weight === 0 ? 'blue' : 'green';
      const { haproxy } = shared.town();
      void haproxy.command(`set map ${haproxy.map} ${name} ${name}_${color}`);
    };
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await elb?.stop();
  });
  return {
    ...shared,
    elb: double,
    rule,
    /** As somebody does who changes the weights in the console, by Terraform or the CLI. */
    sets: (service: string, weights: { blue: number; green: number }): void => {
      const { rule: arn, blue, green } = rule(service);
      double().setActions(arn, [forward({ [blue]: weights.blue, [green]: weights.green })]);
    },
    /** From now on the traffic of this service follows nobody. */
    stands: (service: string): void => void standing.add(service),
    actions: (service: string): Action[] => double().actions(rule(service).rule),
    /** Lets the bot ask all routers now, as it does every minute. */
    looks: async (): Promise<void> => {
      const { redis, prefix } = shared.town();
      await redis.cli('zadd', `${prefix}:{${prefix}}:due`, '0', 'sweep');
    },
  };
}
