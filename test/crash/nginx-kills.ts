/** Switches of nginx under load, with the process that carries each out killed somewhere in it. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { underWay } from '../../src/release/release.ts';
import { startClients, total } from '../support/clients.ts';
import { dice } from '../support/dice.ts';
import { startNginx } from '../support/nginx.ts';
import { startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';

const service = 's1';
/** A switch takes this long, about, from its intent to its verification, ms. */
const switchMs = 500;

/** Makes `switches` promotes and reverts by turns, a kill in each; nginx is reloaded and restarted in between. Answers with how many there were. */
export async function killIn(switches: number, seed: number): Promise<number> {
  const random = dice(seed, 'kills');
  const [blue, green] = [await startColor('blue', 'v1'), await startColor('green', 'v2')];
  const nginx = await startNginx({ blue: blue.port, green: green.port });
  const village = await openVillage({
    services: [service],
    settings: () => ({
      colors: { blue: { url: blue.url }, green: { url: green.url } },
      router: { ...nginx.options(), test: nginx.test, reload: nginx.reload, settles: '2s' },
      revert: { lockAfterRevert: false },
    }),
  });
  const inStep = async (): Promise<string> => {
    const { live } = await village.record(service);
    expect(await nginx.served()).toBe(live);
    await until(
      'the include file says it too',
      async () => (await readFile(nginx.include, 'utf8')) === `set $checkout_color ${live};\n`,
    );
    return live;
  };
  let clients = [startClients(nginx.frontend, { amount: 4, keepAlive: false })];
  const keeping = startClients(nginx.frontend, { amount: 4, keepAlive: true });
  try {
    const heir = await village.startReplica();
    village.delivers(heir);
    await village.until(service, 'adopted', ({ state }) => state === 'idle');
    for (let i = 0; i < switches; i += 1) {
      const promotes = i % 2 === 0;
      const starting = village.startProcess();
      if (promotes) {
        await village.orders(service, `stage ${service} v2`);
        await village.until(service, 'staged', ({ state }) => state === 'staged');
      }
      const victim = await starting;
      village.delivers(victim);
      const words = promotes ? `promote ${service}` : `revert ${service}`;
      village.orders(service, words).catch(() => undefined);
      await village.until(
        service,
        `${words}: its intent is saved`,
        ({ op, state }) =>
          op?.intentAt !== undefined || (op === null && state !== 'staged' && state !== 'promoting'),
      );
      await new Promise((resolve) => setTimeout(resolve, random() * switchMs));
      await victim.stop('SIGKILL');
      village.delivers(heir);
      const ended = await village.until(
        service,
        `${words} ends after the kill`,
        (record) => !underWay(record) && record.op === null && record.persist === null,
      );
      // A promote may be taken back; then the next one is the same again, by another version.
      expect(['baking', 'idle', 'staged']).toContain(ended.state);
      await inStep();
      if (ended.state !== (promotes ? 'baking' : 'idle')) {
        await village.orders(service, words);
        await village.until(service, 'ends', ({ state }) => state === (promotes ? 'baking' : 'idle'));
        await inStep();
      }
      if (i % 3 === 1) await nginx.writeInclude(await readFile(nginx.include, 'utf8'));
      if (i % 5 === 2) {
        // Whoever opens a connection while nginx is down is refused, and that is not counted against a switch.
        const stopped = clients;
        await Promise.all(stopped.map((each) => each.stop()));
        await nginx.kill();
        await nginx.start();
        clients = [...stopped, startClients(nginx.frontend, { amount: 4, keepAlive: false })];
        await inStep();
      }
    }
    const seen = await Promise.all(clients.map((each) => each.stop()));
    for (const each of seen) {
      expect(each.wrong).toEqual([]);
      // A connection of its own for each request: no switch loses one.
      expect(total(each.failed)).toBe(0);
    }
    const kept = await keeping.stop();
    expect(kept.wrong).toEqual([]);
    expect([...kept.closed.keys()].filter((code) => !/^(?:ECONNRESET|EPIPE)$/.test(code))).toEqual([]);
    return switches;
  } finally {
    await Promise.all([...clients, keeping].map((each) => each.stop()));
    await village.close();
    await nginx.stop();
    await Promise.all([blue.stop(), green.stop()]);
  }
}
