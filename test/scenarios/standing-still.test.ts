import { afterAll, describe, expect, it } from 'vitest';
import { startFlakyProxy } from '../support/flaky-proxy.ts';
import type { FlakyProxy } from '../support/flaky-proxy.ts';
import { sharedTown } from '../support/shared-town.ts';
import { standStill } from '../support/stand-still.ts';
import { until } from '../support/until.ts';

describe('a bot whose machine stands still for two seconds', () => {
  let wire: FlakyProxy | undefined;
  afterAll(() => wire?.stop());
  const { at } = sharedTown({
    services: { staged: {}, promoted: {}, mended: {}, asked: {} },
    address: async (haproxy) => {
      wire = await startFlakyProxy(haproxy.tcp);
      return [wire.address];
    },
  });
  const wires = (): FlakyProxy => {
    if (!wire) throw new Error('the town is not open yet');
    return wire;
  };

  /** Holds the next question about this service, and stands still before it is answered. */
  async function standingStill(service: string, ms: number): Promise<void> {
    let deliver = (): void => {};
    const when = new Promise<void>((resolve) => (deliver = resolve));
    const question = new RegExp(`^get map \\S+ ${service}$`);
    const before = wires().commands.length;
    wires().fault(question, { kind: 'deliver-when', when });
    await until('the router is asked', () =>
      wires()
        .commands.slice(before)
        .some(({ text }) => question.test(text)),
    );
    standStill(ms);
    deliver();
  }

  it('still stages: its router is not unreachable', async () => {
    const staged = at('staged');
    staged.green.levers.version = 'v2';
    const [, answer] = await Promise.all([standingStill('staged', 2_200), staged.does('ann', 'stage', 'v2')]);
    expect(answer.text).toMatch(/^stage: /);
    await staged.until(
      'staged',
      ({ state, releases }) => state === 'staged' || releases[0]?.code !== undefined,
    );
    expect(await staged.record()).toMatchObject({ state: 'staged' });
  });

  it('still promotes', async () => {
    const promoted = at('promoted');
    await promoted.staged('v2');
    const [, answer] = await Promise.all([standingStill('promoted', 2_200), promoted.does('ann', 'promote')]);
    expect(answer.text).toMatch(/^promote: /);
    await promoted.until('no promote is under way', ({ state }) => state !== 'promoting');
    expect(await promoted.record()).toMatchObject({ state: 'baking', live: 'green' });
  });

  it('still adopts what the router says', async () => {
    const mended = at('mended');
    const [, answer] = await Promise.all([standingStill('mended', 1_400), mended.does('cleo', 'adopt')]);
    expect(answer.text).not.toMatch(/^router-unreachable/);
  });

  it('shows in why that the router answers', async () => {
    const asked = at('asked');
    await Promise.all([standingStill('asked', 1_900), asked.does('ann', 'why')]);
    // One that comes too late to be the acknowledgement follows it.
    const { text } = asked.look(await asked.hears('ann', 'pass · role'));
    expect(text).toContain('pass · router');
    expect(text).not.toContain('router-unreachable');
  });
});
