import type { Playground } from './playground.ts';

/** The traffic in one line: `traffic → green v2 20/s · errors 0/s`. */
export function statusLine({ traffic, router, colors, database, bot }: Playground): string {
  const { answered, errorsPerSecond } = traffic.report();
  const parts = answered.map(
    ({ color, version, perSecond }) => `${color} ${version} ${perSecond.toFixed(0)}/s`,
  );
  const ill = Object.values(colors).flatMap(({ color, ailment }) =>
    ailment === undefined ? [] : [`${color}: ${ailment}`],
  );
  return [
    `traffic → ${parts.join(' + ') || 'nobody'}`,
    `errors ${errorsPerSecond.toFixed(0)}/s`,
    ...(bot.state === 'running' ? [] : [`bot ${bot.state}`]),
    ...(router.unreachable ? ['router unreachable'] : []),
    ...ill,
    ...(database.down ? ['database down'] : []),
  ].join(' · ');
}
