import type { TrafficReport } from '../traffic.ts';
import type { Told } from './api.ts';

type Answered = TrafficReport['answered'][number];

/** Makes a function that gives each version a lasting shade of its color; a color's versions alternate between two. */
export function makeShades(): (answered: Answered) => Told['traffic']['answered'][number] {
  const seen = { blue: [] as string[], green: [] as string[] };
  return (answered) => {
    const { color, version } = answered;
    const versions = color === 'blue' ? seen.blue : seen.green;
    if (!versions.includes(version)) versions.push(version);
    return { ...answered, shade: versions.indexOf(version) % 2 === 0 ? 0 : 1 };
  };
}
