/** People who type, and monitoring that sends alerts, at random moments and to random replicas of the bot. */
import { textAt } from '../../../packages/slack-double/src/json.ts';
import { otherColor } from '../../../src/release/color.ts';
import { lockAt } from '../../../src/release/release.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import type { Loaded } from '../../../src/release/store.ts';
import { alertmanagerBody, sendAlertsTo } from '../../support/alerts.ts';
import { dice } from '../../support/dice.ts';
import type { Replica, Village } from '../../support/replicas.ts';
import { kindOf, targetOf } from './ledger.ts';
import type { Ledger, Said, Sent } from './ledger.ts';

/** What somebody types who sees this record; undefined: nothing now. */
function words(record: ServiceRecord, now: number, roll: number): string | undefined {
  const { service, live, state, drift } = record;
  const idle = otherColor(live);
  if (drift) return roll < 0.5 ? `adopt ${service}` : undefined;
  if (lockAt(record, now) && roll < 0.5) return `unlock ${service}`;
  const choices: Record<ServiceRecord['state'], [number, string][]> = {
    idle: [
      [0.6, `stage ${service} ${idle === 'green' ? 'v2' : 'v1'}`],
      [0.8, `lock ${service} the sale`],
    ],
    staging: [[0.1, `cancel ${service}`]],
    staged: [
      [0.7, `promote ${service}`],
      [0.85, `lock ${service} the sale`],
      [0.9, `cancel ${service}`],
    ],
    promoting: [
      [0.3, `revert ${service}`],
      [0.35, `cancel ${service}`],
    ],
    baking: [
      [0.5, `revert ${service}`],
      [0.6, `lock ${service} the sale`],
      [0.7, `settle ${service} --force enough`],
    ],
    reverting: [],
    stuck: [[0.6, `retry ${service}`]],
  };
  return choices[state].find(([below]) => roll < below)?.[1];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A life's people and monitoring, who go on until `leave`. All that they get is in the ledger. */
export function settle(
  village: Village,
  bots: readonly Replica[],
  services: readonly string[],
  seed: number,
  ledger: Ledger,
): { leave(): Promise<void> } {
  let leaving = false;
  let people = 0;
  const open = new Set<Promise<void>>();
  const botOf = (roll: number): { bot: number; events: string } => {
    const bot = Math.floor(roll * bots.length);
    return { bot, events: bots[bot]?.events ?? '' };
  };
  const { slack } = village;

  async function type(service: string, line: string, seen: ServiceRecord, roll: number): Promise<void> {
    people += 1;
    const name = `person${people}`;
    const { id: user } = slack.world.addUser(name);
    slack.world.channel(service).members.add(user);
    const { bot, events } = botOf(roll);
    const verb = line.split(' ')[0] ?? '';
    const sentAt = performance.now();
    slack.delivers(events);
    const typed = slack.person(name).types(service, `/release ${line}`);
    const mark = `trigger:${textAt(slack.captured.at(-1)?.payload ?? {}, 'trigger_id')}`;
    const { text: answer, error } = await typed;
    const target =
      targetOf(answer) ?? (verb === 'revert' && seen.state === 'promoting' ? seen.live : undefined);
    const kind = kindOf(verb, answer, error);
    const rest: Pick<Said, 'kind' | 'target'> = { kind, target };
    const answeredAt = performance.now();
    ledger.said.push({ service, words: line, verb, bot, user, mark, sentAt, answeredAt, answer, ...rest });
  }

  async function person(service: string): Promise<void> {
    const random = dice(seed, service);
    let seen: Loaded | undefined;
    while (!leaving) {
      await pause(150 + random() * 350);
      const [roll, which] = [random(), random()];
      // While nobody says how it stands now, they go on from what they saw last.
      seen = await village.loaded(service).catch(() => seen);
      const line = seen?.record && words(seen.record, seen.now, roll);
      if (leaving || !seen?.record || !line) continue;
      const typing = type(service, line, seen.record, which).finally(() => open.delete(typing));
      open.add(typing);
      // Somebody else may be quicker than an answer.
      await Promise.race([typing, pause(400)]);
    }
  }

  async function send(sent: Sent, random: () => number): Promise<void> {
    const body = alertmanagerBody(sent.name, [{ name: sent.name, service: sent.service }]);
    while (sent.takenAt === undefined) {
      const { bot, events } = botOf(random());
      const status = await sendAlertsTo(events, body).catch(() => 0);
      sent.answers.push(status);
      if (status === 202) Object.assign(sent, { bot, takenAt: performance.now() });
      else await pause(2_000);
    }
  }

  async function monitoring(): Promise<void> {
    const random = dice(seed, 'monitoring');
    while (!leaving) {
      await pause(200 + random() * 600);
      const service = services[Math.floor(random() * services.length)] ?? '';
      const name = `Alert${ledger.alerts.length}of${seed}`;
      const sent: Sent = { name, service, answers: [], bot: -1, takenAt: undefined };
      ledger.alerts.push(sent);
      const sending = send(sent, random).finally(() => open.delete(sending));
      open.add(sending);
    }
  }

  const all = [...services.map(person), monitoring()];
  return {
    async leave() {
      leaving = true;
      await Promise.all(all);
      await Promise.all(open);
    },
  };
}
