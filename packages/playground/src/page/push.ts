import type { Playground } from '../playground.ts';
import type { Told } from './api.ts';
import type { Events } from './events.ts';
import type { Hands } from './slack-actions.ts';
import type { PageLevers } from './levers.ts';
import { makeShades } from './shades.ts';
import { leversOf, logOf, messagesJson, noticedOf, recordOf, viewsOf, workspaceOf } from './page-state.ts';

/** How long changes are collected into one event, in ms. */
const gatherMs = 50;
/** How often record and levers are read, in ms: some of their changes have no event. */
const lookEveryMs = 250;
const trafficEveryMs = 500;
/** The time for a point of the chart, in ms: in less, one request more or fewer would look like a loss. */
const trafficOverMs = 1_000;

/** Sends `events` of the playground until `stop`. `look`: call it after an action. */
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
      // The bot's log says that Redis does not answer; the page keeps the last record.
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
