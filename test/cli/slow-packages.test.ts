/** The command line on a busy machine, where the package for the router takes longer to load than a question may last. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { namespace, startShop } from '../support/kube/shop.ts';
import type { Shop } from '../support/kube/shop.ts';
import { sharedTown } from '../support/shared-town.ts';

/** Longer than a question to a router may last (2 s). */
const loadMs = 2_600;
const late = `export async function load(url, context, next) {
  if (url.endsWith('/client-node/dist/index.js')) await new Promise((done) => setTimeout(done, ${loadMs}));
  return next(url, context);
}`;
const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const register = `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(late))});`;

let shop: Shop;
let cli: Cli;
const { town, at } = sharedTown({
  bots: 0,
  file: { roles: { operator: [me], approver: [me], admin: [me] } },
});
beforeAll(async () => {
  shop = await startShop();
  const env = {
    KUBECONFIG: await shop.kube.kubeconfig(),
    NODE_OPTIONS: `--import ${moduleOf(register)}`,
  };
  cli = await openCli(town(), env, { unpacked: true });
  const service = { name: 'checkout', label: 'color', values: { blue: 'blue', green: 'green' } };
  town().change({ router: { kind: 'kubernetes', namespace, service }, probe: undefined });
});
afterAll(async () => {
  await cli.close();
  await shop.stop();
});

it('gets the answer of the router all the same', async () => {
  expect(await cli.run('lock', 'checkout', 'x')).toMatchObject({ code: 0 });
  expect(await at('checkout').record()).toMatchObject({ live: 'blue' });
});
