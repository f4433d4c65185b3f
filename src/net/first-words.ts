import { makeScrub } from '../log/scrub.ts';
import { oneLineText } from './answer-path.ts';

/** Most characters of another system's message that are repeated to people. */
const mostCharacters = 200;
const deepest = 4;
const mostParts = 3;

/** Fields in which systems explain a refusal, the most useful first. Letter case does not matter. */
const fields = ['message', 'error_description', 'error', 'errors', 'detail', 'reason', 'title', 'msg'];

/**
 * Why a call was refused, from its answer: the field `message`, `error`, `detail`, `reason` or `title` of a JSON body,
 * also inside one of them, in a list, or of each part of the request; otherwise the JSON itself; of HTML its title;
 * otherwise the text. One line of at most 200 characters without a full stop at its end; '' when there is nothing to
 * say. `secrets`: sent values to remove, with everything that looks like a secret.
 */
export function firstWords(body: string, contentType = '', secrets: readonly string[] = []): string {
  const text = body.trim();
  if (text === '' || looksBinary(text, contentType)) return '';
  const scrub = makeScrub(secrets);
  const shown = (words: string) => {
    const scrubbed = scrub.text(words.slice(0, 8_000)).replace(/\s+/gu, ' ');
    return oneLineText(scrubbed, mostCharacters).replace(/[.\s]+$/u, '');
  };
  if (text.startsWith('<')) return shown(titleOf(text));
  if (!/^[[{"]/.test(text)) return shown(text);
  const json = parsed(text);
  if (json === undefined) return shown(text);
  const said = saidIn(scrub.value(json));
  if (said !== undefined) return shown(said);
  const something = typeof json === 'object' && json !== null && Object.keys(json).length > 0;
  return something ? shown(JSON.stringify(scrub.value(json))) : '';
}

/** `answered 422: the words of its body`. `more` follows the status. */
export function answeredWith(answer: { status: number; words: string }, more = ''): string {
  return `answered ${answer.status}${more}${answer.words === '' ? '' : `: ${answer.words}`}`;
}

/** Finds the message. `named`: `json` is the value of a known field; then any text in it is the message. */
function saidIn(json: unknown, depth = 0, named = false): string | undefined {
  if (typeof json === 'string') return json.trim() === '' ? undefined : json;
  if (typeof json !== 'object' || json === null || depth > deepest) return undefined;
  if (Array.isArray(json)) return saidIn(json[0], depth + 1, named);
  const entries = Object.entries(json);
  for (const field of fields) {
    const value: unknown = entries.find(([key]) => key.toLowerCase() === field)?.[1];
    const said = saidIn(value, depth + 1, true);
    if (said !== undefined) return said;
  }
  return named ? ofEach(entries, depth) : undefined;
}

/** The messages for each part of a request, such as `{"name":["is taken"]}`; `base` is the whole request. */
function ofEach(entries: [string, unknown][], depth: number): string | undefined {
  const said = entries.slice(0, mostParts).flatMap(([key, value]) => {
    const words = saidIn(value, depth + 1, true);
    return words === undefined ? [] : [key === 'base' ? words : `${key}: ${words}`];
  });
  return said.length === 0 ? undefined : said.join('; ');
}

function titleOf(html: string): string {
  const title = /<title[^<>]{0,200}>([^<]{0,1000})/i.exec(html)?.[1] ?? '';
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };
  return title.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_all, name: string) => characters[name] ?? ' ');
}

function looksBinary(text: string, contentType: string): boolean {
  if (/^(?:image|audio|video|font)\/|octet-stream|grpc|protobuf/i.test(contentType)) return true;
  const start = text.slice(0, mostCharacters);
  const odd = start.match(/(?!\s)[\uFFFD\p{Cc}]/gu)?.length ?? 0;
  return odd * 10 > start.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
