import type { Desk } from './state.ts';
import { note } from './state.ts';
import type { JsonObject } from './json.ts';
import { flagAt, isObject, textAt } from './json.ts';
import { isChart } from './charts.ts';
import { charactersIn, houseRules, LIMITS, messageProblems } from './limits.ts';

/** Why Slack refuses a message. */
export interface ContentRefusal {
  error: string;
  messages: string[];
}

/** The content of a message: fields as they came, still unchecked. */
export interface Content {
  text: string | undefined;
  blocks: JsonObject[] | undefined;
}

/** Reads text and blocks from a call's arguments, or says why Slack would refuse them. */
export function readContent(
  { levers }: Pick<Desk, 'levers'>,
  args: JsonObject,
  mostText: number,
): Content | ContentRefusal {
  const text = textAt(args, 'text');
  const given = args['blocks'];
  if (given !== undefined && given !== null && !Array.isArray(given))
    return { error: 'invalid_blocks_format', messages: [] };
  const blocks = given?.filter(isObject);
  if (given && given.length > 0) {
    const problems = [
      ...messageProblems(given),
      ...given.flatMap((block, index) =>
        levers.charts() || !isObject(block) || !isChart(block)
          ? []
          : [{ at: `/blocks/${index}/type`, says: 'unsupported type: data_visualization' }],
      ),
    ];
    const messages = problems.map(({ at, says }) => `${says} [json-pointer:${at}]`);
    if (messages.length > 0) return { error: 'invalid_blocks', messages };
    if (charactersIn(given) > LIMITS.blocksText) return { error: 'msg_blocks_too_long', messages: [] };
  }
  if (text !== undefined && text.length > mostText) return { error: 'msg_too_long', messages: [] };
  if (!text?.trim() && !blocks?.length) return { error: 'no_text', messages: [] };
  return { text, blocks };
}

/** Records content that breaks the project's own rules. */
export function noteHouseRules(desk: Desk, where: string, content: Content, args: JsonObject): void {
  const loose = flagAt(args, 'link_names') || textAt(args, 'parse') === 'full';
  const broken = [
    ...houseRules(content),
    ...(loose ? ['plain @names become mentions by link_names or parse=full'] : []),
  ];
  for (const error of broken) note(desk, { kind: 'house', where, error, messages: [], args });
}
