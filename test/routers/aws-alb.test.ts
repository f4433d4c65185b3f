import { afterAll, vi } from 'vitest';
import type { Router } from '../../src/release/ports.ts';
import { albService } from '../support/alb-world.ts';
import { forward, startElb } from '../support/elb.ts';
import { routerContract } from './contract.ts';
import type { RouterWorld } from './contract.ts';

afterAll(() => vi.unstubAllEnvs());

routerContract('a rule of an Application Load Balancer', async (): Promise<RouterWorld> => {
  const elb = await startElb();
  const service = albService(elb);
  const { rule } = service;
  let router: Router = service.router();
  return {
    get router() {
      return router;
    },
    could: 'yes',
    writeMs: 2_000,
    async actual() {
      const groups = elb.actions(rule)[0]?.ForwardConfig?.TargetGroups ?? [];
      const live = groups.filter(({ Weight }) => Weight !== 0).map(({ TargetGroupArn }) => TargetGroupArn);
      return live.map((group) => (group === service.blue ? 'blue' : 'green')).join();
    },
    async set(value) {
      if (value === 'nonsense') return elb.setActions(rule, [forward({ [elb.group('nonsense')]: 100 })]);
      elb.setActions(rule, [service.all(value)]);
    },
    cut: () => elb.die(),
    loseAnswer: () => void (elb.levers.loseAnswers = 1),
    hang: (what) => void (elb.levers[what === 'writes' ? 'hangWrites' : 'hang'] = true),
    refuse: () => void elb.levers.deny.add('ModifyRule'),
    async restore() {
      Object.assign(elb.levers, { hang: false, hangWrites: false, loseAnswers: 0, deny: new Set() });
      await elb.revive();
      // What it wrote in the test before is not somebody else's to change in this one.
      router = service.router();
    },
    writes: () => elb.calls.filter(({ action }) => action === 'ModifyRule').length,
    stop: () => elb.stop(),
  };
});
