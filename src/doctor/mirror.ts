/** Checks the GETs whose answers are compared while a version is staged. */
import { colorSchema } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { Mirror } from '../release/mirror/port.ts';
import type { Adapters } from '../release/ports.ts';
import { fine, warned } from './finding.ts';
import type { Finding } from './finding.ts';

const askedMs = 5_000;

/** Asks both colors each GET once. Nothing where none is configured. */
export async function examineMirror(
  service: string,
  { mirror }: Pick<Adapters, 'mirror'>,
): Promise<Finding[]> {
  if (mirror === undefined) return [];
  const name = `${service} mirror.paths`;
  const bad = await Promise.all(colorSchema.options.map((color) => badAnswers(mirror, color)));
  const found = bad.flat();
  if (found.length === 0) return [fine(name, 'both colors answer each of them')];
  return [warned(name, found.join('; '), 'start that color, or correct mirror.paths and mirror.headers')];
}

async function badAnswers({ paths }: Mirror, color: Color): Promise<string[]> {
  const signal = AbortSignal.timeout(askedMs);
  const answers = await Promise.all(
    paths.map(async (path) => ({ shown: path.shown, answer: await path.ask(color, signal) })),
  );
  return answers.flatMap(({ shown, answer }) => {
    if ('why' in answer) return [`${color} does not answer ${shown}: ${answer.why}`];
    return answer.status >= 400 ? [`${color} answers ${shown} with ${answer.status}`] : [];
  });
}
