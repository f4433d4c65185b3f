import { keyStart } from '../src/redis/keys.ts';
import { until } from '../test/support/until.ts';
import { commandFields, signed } from './load.ts';
import type { Measured } from './process.ts';
import { prefix } from './setup.ts';
import type { Surroundings } from './setup.ts';

/** Stages and promotes v2 of each service, until all of them bake. */
export async function bakeAll(
  { redis }: Surroundings,
  bot: Measured,
  names: readonly string[],
): Promise<void> {
  // One person may send 120 commands a minute.
  const types = async (name: string, words: string): Promise<void> => {
    const sent = signed(commandFields({ user: `U${name.toUpperCase().replace('-', '')}`, text: words }));
    await (await fetch(bot.events, { method: 'POST', ...sent })).text();
  };
  await inTurns(names, 8, (name) => types(name, `stage ${name} v2`));
  const allBake = async (): Promise<boolean> => {
    const due = new Set((await redis.cli('zrange', `${keyStart(prefix)}due`, '0', '-1')).split('\n'));
    const others = names.filter((name) => !due.has(`bake:${name}`));
    // A promote is refused while its service is being staged, and undone where a busy machine takes too long.
    await inTurns(others, 8, (name) => types(name, `promote ${name}`));
    return others.length === 0;
  };
  await until('all bake', allBake, 300_000, 3_000);
}

async function inTurns(
  names: readonly string[],
  width: number,
  act: (name: string) => Promise<unknown>,
): Promise<void> {
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await act(name);
  };
  await Promise.all(Array.from({ length: width }, work));
}
