import type { Town } from '../town.ts';
import type { Events } from './events.ts';
import type { Hands } from './hands.ts';
import type { PageLevers } from './levers.ts';
import { leversOf, logOf, messagesJson, recordOf, viewsOf, workspaceOf } from './told.ts';

/** Changes that follow one another within this time are told as one, ms. */
const gatherMs = 50;
/** Record and levers are looked at so often, ms: not everything that changes them says so. */
const lookEveryMs = 250;
const trafficEveryMs = 500;

/** Tells `events` what happens in the town, until `stop`. `look`: something was done just now. */
export function tellAll(
  town: Town,
  { events, hands, levers }: { events: Events; hands: Hands; levers: PageLevers },
): { look: () => void; stop: () => void } {
  const { workspace, traffic, bot } = town;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    events.stands('messages', messagesJson(town));
    events.stands('views', JSON.stringify(viewsOf(town, hands.errors)));
    events.stands('levers', JSON.stringify(leversOf(town, levers.slack)));
    events.stands('log', JSON.stringify(logOf(town)));
  };
  const soon = () => void (timer ??= setTimeout(tell, gatherMs));
  let asking = false;
  const look = () => {
    soon();
    if (asking) return;
    asking = true;
    recordOf(town)
      // A Redis that is away is told in the bot's log; the record stands as it was seen last.
      .then(
        (record) => events.stands('record', JSON.stringify(record)),
        () => {},
      )
      .finally(() => (asking = false));
  };

  events.stands('workspace', JSON.stringify(workspaceOf(town)));
  tell();
  look();
  const looking = setInterval(look, lookEveryMs);
  const counting = setInterval(() => {
    const { answered, errorsPerSecond } = traffic.report(trafficEveryMs);
    events.happens('traffic', { at: Date.now(), answered, errorsPerSecond });
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
