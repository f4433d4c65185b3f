/** Checks what an automatic revert would act on. `queries.ts` asks for the limit; the configuration checks sources. */
import { ruleWords } from '../release/auto-revert/words.ts';
import type { Configured } from '../release/command.ts';
import { colorSchema } from '../release/color.ts';
import type { Adapters } from '../release/ports.ts';
import { fine, warned } from './finding.ts';
import type { Finding } from './finding.ts';

const askedMs = 5_000;

/** Says what may cause an automatic revert, and asks both colors each compared request once. Nothing where it is off. */
export async function examineAutoRevert(
  service: string,
  { settings }: Pick<Configured, 'settings'>,
  { pairs }: Pick<Adapters, 'pairs'>,
): Promise<Finding[]> {
  const rule = settings.promotion.autoRevert;
  if (rule === undefined) return [];
  const on = fine(`${service} promotion.autoRevert`, ruleWords(rule));
  if (!rule.on.includes('compare') || pairs === undefined) return [on];
  const { requests } = pairs;
  const signal = AbortSignal.timeout(askedMs);
  const found = await Promise.all(
    colorSchema.options.map(async (color) => {
      const answers = await Promise.all(requests.map((ask) => ask(color, signal)));
      return { color, good: answers.filter(({ ok }) => ok).length };
    }),
  );
  const words = found
    .map(({ color, good }) => `${color} answers ${good} of ${requests.length} well`)
    .join(', ');
  const name = `${service} compare.requests`;
  const isGood = found.every(({ good }) => good === requests.length);
  if (isGood) return [on, fine(name, words)];
  return [
    on,
    warned(
      name,
      words,
      'start that color, or correct compare.requests: a good release must answer them well',
    ),
  ];
}
