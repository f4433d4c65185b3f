import type { Playground } from '../playground.ts';
import type { Told } from './api.ts';
import type { Events } from './events.ts';
import type { Hands } from './slack-actions.ts';
import type { PageLevers } from './levers.ts';
import { makeShades } from './shades.ts';
import { leversOf, logOf, messagesJson, noticedOf, recordOf, viewsOf, workspaceOf } from './page-state.ts';

/** Changes that follow one another within this time are told as one, ms. */
const gatherMs = 50;
/** Record and levers are looked at so often, ms: not everything that changes them says so. */
const lookEveryMs = 250;
const trafficEveryMs = 500;
/** What is counted for a point of the chart: in less, one request more or fewer would look like a loss, ms. */
const trafficOverMs = 1_000;

/** Tells `events` what happens in the town, until `stop`. `look`: something was done just now. */
export function tellAll(
  town: Playground,
  { events, hands, levers }: { events: Events; hands: Hands; levers: PageLevers },
): { look: () => void; stop: () => void } {
  const { workspace, traffic, bot } = town;
  const shade = makeShades();
  let timer: NodeJS.Timeout | undefined;
  let noticed: Told['log'] = [];
  const tell = () => {
    timer = undefined;
    events.stands('messages', messagesJson(town));
    events.stands('views', JSON.stringify(viewsOf(town, hands.errors)));
    events.stands('levers', JSON.stringify(leversOf(town, levers.slack)));
    events.stands('log', JSON.stringify(logOf(town, noticed)));
  };
  const soon = () => void (timer ??= setTimeout(tell, gatherMs));
  let asking = false;
  const look = () => {
    soon();
    if (asking) return;
    asking = true;
    Promise.all([recordOf(town), noticedOf(town)])
      // The bot's log says when Redis does not answer; the record stands as it was seen last.
      .then(
        ([record, seen]) => {
          events.stands('record', JSON.stringify(record));
          noticed = seen;
        },
        () => {},
      )
      .finally(() => (asking = false));
  };

  events.stands('workspace', JSON.stringify(workspaceOf(town)));
  tell();
  look();
  const looking = setInterval(look, lookEveryMs);
  const counting = setInterval(() => {
    const { answered, errorsPerSecond } = traffic.report(trafficOverMs);
    events.happens('traffic', { at: Date.now(), answered: answered.map(shade), errorsPerSecond });
  }, trafficEveryMs);
  const leave = [
    workspace.follow(soon),
    bot.follow(soon),
    traffic.onSwitch((to) => events.happens('switched', { at: Date.now(), to })),
  ];
  return {
    look,
    stop() {
      clearInterval(looking);
      clearInterval(counting);
      clearTimeout(timer);
      for (const stop of leave) stop();
    },
  };
}
