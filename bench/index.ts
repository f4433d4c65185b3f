/** `npm run bench`: measures what the bot must reach and prints it as a table. `npm run bench -- ack press` measures some. */
import { ack } from './ack.ts';
import { alerts } from './alerts.ts';
import type { Row } from './figure.ts';
import { table } from './figure.ts';
import { hold } from './hold.ts';
import { kill } from './kill.ts';
import { many } from './many.ts';
import { pairs } from './pairs.ts';
import { press } from './press.ts';
import { routers } from './routers.ts';
import { soak } from './soak.ts';
import { storm } from './storm.ts';
import { told } from './told.ts';

const figures: Readonly<Record<string, () => Promise<Row[]>>> = {
  ack,
  press,
  alerts,
  storm,
  kill,
  many,
};

/** Measured only when named: they take 20 minutes, and minutes. */
const long: typeof figures = { soak, routers, pairs, told, hold };

const all = { ...figures, ...long };
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}. Figures: ${Object.keys(all).join(', ')}.`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, measure] of Object.entries(asked.length > 0 ? all : figures)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const began = performance.now();
  console.error(`${name} …`);
  rows.push(...(await measure()));
  console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
console.log(table(rows));
if (rows.some(({ reached }) => reached === false)) process.exitCode = 1;
