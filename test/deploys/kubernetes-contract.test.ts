import { deployOptions, makeDeploy } from '../../src/deploys/index.ts';
import type { Deploy } from '../../src/release/ports.ts';
import { startRollouts } from '../support/kube/rollouts.ts';
import { deployContract, secretToken } from './contract.ts';

const name = 'checkout-green';
let opened = 0;

deployContract('Kubernetes', async () => {
  const cluster = await startRollouts();
  const { kube, levers } = cluster;
  // Of each context this process knows one cluster.
  opened += 1;
  const context = `contract-${opened}`;
  process.env['KUBECONFIG'] = await kube.kubeconfig(secretToken, context);
  const user = { name: 'system:serviceaccount:shop:switchback' };
  let before = 0;
  const make = (): Deploy => {
    const written = {
      kind: 'kubernetes',
      namespace: 'shop',
      context,
      deployments: { blue: 'checkout-blue', green: name },
      container: 'app',
      image: 'registry.example/checkout:{version}',
    };
    const made = makeDeploy(deployOptions.parse(written));
    if (!made) throw new Error('a Deployment is a deploy');
    return made;
  };
  return {
    make,
    lost: 'looked-for',
    begun: () =>
      cluster
        .releases(name)
        .slice(before)
        .map(({ release, image }) => {
          const version = image.replace('registry.example/checkout:', '');
          return { service: 'checkout', color: 'green', version, release };
        }),
    loseAnswer() {
      kube.levers.loseAnswers = 1;
    },
    end(how) {
      if (how === 'succeeded') cluster.becomes(name, 'ready');
      else if (how === 'cancelled') cluster.undo(name);
      else {
        levers.conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
        cluster.settle();
      }
    },
    expire() {
      delete kube.users[secretToken];
    },
    hostile(how) {
      kube.levers.hostile = how;
    },
    cut: () => kube.die(),
    async restore() {
      await kube.revive();
      Object.assign(kube.levers, { loseAnswers: 0, hostile: undefined });
      kube.users[secretToken] = user;
      Object.assign(levers, { fate: {}, conditions: [] });
      before = cluster.releases(name).length;
    },
    astray: () => kube.seen.filter(({ path }) => path.startsWith('/elsewhere')).length,
    stop: () => cluster.stop(),
  };
});
