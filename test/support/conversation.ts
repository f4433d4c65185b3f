import type { Control, How, Message } from '../../packages/slack-double/src/index.ts';
import type { Answer, Press } from '../../packages/slack-double/src/index.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import type { ColorServer, Place } from './service.ts';
import type { Town } from './one-bot.ts';
import { longMs } from './until.ts';

/** What people do and see around one service. People: ann and bob may operate, bob approves, cleo is the admin. */
export interface Visit extends Place {
  /** `does('ann', 'stage', 'v2')` types `/release stage <service> v2` in the service's channel. */
  does(who: string, verb: string, rest?: string): Promise<Answer>;
  /** The server of the color without traffic. */
  idle(): Promise<ColorServer>;
  /** Stages a version on the idle color, which reports it, and waits for it. */
  staged(version: string, who?: string): Promise<ServiceRecord>;
  /** Stages and promotes; it bakes. */
  baking(version: string, who?: string): Promise<ServiceRecord>;
  /** Stages, promotes and settles: idle, with a way back. */
  released(version: string, who?: string): Promise<ServiceRecord>;
  /** Types `revert` and waits until it is done. */
  reverted(who?: string): Promise<ServiceRecord>;
  /** The newest card once this button is on it, and is about the service as it is now. */
  cardWith(actionId: string): Promise<Message>;
  /** Presses the newest card's button once it is there, and accepts the confirm dialog. */
  presses(who: string, actionId: string, how?: How): Promise<Press>;
  /** The first message of the channel or its threads, not ephemeral, that contains the words. */
  notice(words: string): Promise<Message>;
  /** The newest message that only this person sees and that contains the words. */
  hears(who: string, words: string): Promise<Message>;
  /** Times that these words are said in the channel, threads and ephemeral messages included. */
  times(words: string): number;
  look(message: Message): { text: string; buttons: Control[] };
}

/** A visit to one service of a town. */
export function visit(town: Town, service: string): Visit {
  const { slack } = town;
  const place = town.at(service);
  const room = slack.channel(place.channel);
  const said = (message: Message): string => `${message.text}\n${slack.look(message).text}`;
  const everything = (): Message[] => {
    const top = room.messages();
    return [...top, ...top.flatMap((message) => room.thread(message.ts))];
  };
  const at: Visit = {
    ...place,
    does: (who, verb, rest = '') =>
      slack.person(who).types(place.channel, `/release ${verb} ${service} ${rest}`),
    idle: async () => ((await place.record()).live === 'blue' ? place.green : place.blue),
    async staged(version, who = 'ann') {
      (await at.idle()).levers.version = version;
      await accepted(at.does(who, 'stage', version));
      return place.until(`${version} is staged`, (record) => record.state === 'staged');
    },
    async baking(version, who = 'ann') {
      await at.staged(version, who);
      await accepted(at.does(who, 'promote'));
      return place.until(`${version} bakes`, (record) => record.state === 'baking');
    },
    async released(version, who = 'ann') {
      await at.baking(version, who);
      await accepted(at.does('bob', 'settle'));
      return place.until(`${version} is settled`, (record) => record.state === 'idle');
    },
    async reverted(who = 'ann') {
      const { epoch } = await place.record();
      await accepted(at.does(who, 'revert'));
      return place.until('reverted', (record) => record.state === 'idle' && record.epoch > epoch);
    },
    cardWith: (actionId) =>
      slack.until(
        async () => {
          const card = await place.card();
          const { epoch, request, state, op } = await place.record();
          const open = request?.status === 'open' ? request.id : undefined;
          // One drawn before the switch, or before the request, has the button too, and a press on it would be stale.
          const fits = ({ actionId: id, value }: Control): boolean => {
            const about = JSON.parse(value ?? '{}') as { e?: number; q?: string };
            const asks = ['release.approve', 'release.reject', 'release.cancel'].includes(id);
            const hung = id === 'release.retry' && state === 'stuck' ? op?.id : undefined;
            const asked = asks ? open : hung;
            return id === actionId && about.e === epoch && about.q === asked;
          };
          return slack.look(card).buttons.some(fits) ? card : undefined;
        },
        { channel: place.channel, what: `a card with ${actionId}`, withinMs: longMs },
      ),
    presses: async (who, actionId, how = {}) =>
      slack.person(who).presses(await at.cardWith(actionId), actionId, { accept: true, ...how }),
    notice: (words) =>
      slack.until(() => everything().find((message) => said(message).includes(words)), {
        channel: place.channel,
        what: `a message "${words}"`,
        withinMs: longMs,
      }),
    hears: (who, words) =>
      slack.until(
        () => room.ephemerals(slack.person(who)).findLast((message) => said(message).includes(words)),
        { channel: place.channel, what: `${who} hears "${words}"`, withinMs: longMs },
      ),
    times: (words) => slack.transcript(place.channel).split(words).length - 1,
    look: (message) => slack.look(message),
  };
  return at;
}

/** The answer, which must be that of an accepted command: it begins with a verb and not with a code. */
async function accepted(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (!/^(stage|promote|revert|settle|approve): /.test(answer.text))
    throw new Error(`not accepted: ${answer.text}`);
  return answer;
}
