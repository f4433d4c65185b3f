import type { JsonObject } from './json.ts';
import { isChart } from './charts.ts';
import { isObject, objectAt, objectsAt, textAt } from './json.ts';
import type { Problem } from './structure.ts';
import { blockProblems, modalProblems } from './structure.ts';
import { wordsOf } from './text.ts';

/** Slack's limits, in characters or in pieces. */
export const LIMITS = {
  postText: 40_000,
  updateText: 4_000,
  messageBlocks: 50,
  viewBlocks: 100,
  /** For all texts of one message's blocks together. */
  blocksText: 12_000,
  sectionText: 3_000,
  fields: 10,
  fieldText: 2_000,
  headerText: 150,
  actionsElements: 25,
  contextElements: 10,
  buttonText: 75,
  buttonValue: 2_000,
  url: 3_000,
  id: 255,
  overflowOptions: 5,
  options: 100,
  optionText: 75,
  optionValue: 150,
  confirmTitle: 100,
  confirmText: 300,
  confirmLabel: 30,
  placeholder: 150,
  inputLabel: 2_000,
  altText: 2_000,
  textObject: 3_000,
  markdown: 12_000,
  privateMetadata: 3_000,
  viewTitle: 24,
  charts: 2,
  chartTitle: 50,
  axisLabel: 50,
  chartLines: 6,
  chartPoints: 20,
  chartLabel: 20,
} as const;

type Found = Problem | undefined;

function length(text: string | undefined, most: number, at: string, least = 1): Found[] {
  if (text === undefined) return [];
  if (text.length < least) return [{ at, says: `must be more than ${least - 1} characters` }];
  return text.length > most ? [{ at, says: `must be less than ${most + 1} characters` }] : [];
}

function words(from: JsonObject, key: string, most: number, at: string): Found[] {
  return length(wordsOf(from, key), most, `${at}/${key}/text`);
}

function count(from: JsonObject, key: string, most: number, at: string): Found[] {
  const list = from[key];
  if (!Array.isArray(list)) return [];
  if (list.length === 0) return [{ at: `${at}/${key}`, says: 'no fewer than 1 items allowed' }];
  return list.length > most ? [{ at: `${at}/${key}`, says: `no more than ${most} items allowed` }] : [];
}

function repeated(of: JsonObject[], key: string, at: string): Found[] {
  const seen = new Set<string>();
  return of.flatMap((one, index) => {
    const id = textAt(one, key);
    if (!id) return [];
    const again = seen.has(id);
    seen.add(id);
    return again
      ? [{ at: `${at}/${index}/${key}`, says: `\`${key}\` must be unique; it repeats "${id}"` }]
      : [];
  });
}

function options(of: JsonObject, key: string, most: number, at: string): Found[] {
  const inner = objectsAt(of, key).flatMap((option, index) => {
    const here = `${at}/${key}/${index}`;
    return [
      ...words(option, 'text', LIMITS.optionText, here),
      ...words(option, 'description', LIMITS.optionText, here),
      ...length(textAt(option, 'value'), LIMITS.optionValue, `${here}/value`),
    ];
  });
  return [...count(of, key, most, at), ...inner];
}

function confirmDialog(of: JsonObject, at: string): Found[] {
  const dialog = objectAt(of, 'confirm');
  if (!dialog) return [];
  const here = `${at}/confirm`;
  return [
    ...words(dialog, 'title', LIMITS.confirmTitle, here),
    ...words(dialog, 'text', LIMITS.confirmText, here),
    ...words(dialog, 'confirm', LIMITS.confirmLabel, here),
    ...words(dialog, 'deny', LIMITS.confirmLabel, here),
    objectAt(dialog, 'deny') ? undefined : { at: here, says: 'missing required field: deny' },
  ];
}

function element(of: JsonObject, at: string): Found[] {
  const type = textAt(of, 'type');
  const always = [
    ...length(textAt(of, 'action_id'), LIMITS.id, `${at}/action_id`),
    ...confirmDialog(of, at),
    ...words(of, 'placeholder', LIMITS.placeholder, at),
  ];
  if (type === 'button') {
    const label = length(textAt(of, 'accessibility_label'), LIMITS.buttonText, `${at}/accessibility_label`);
    const target = length(textAt(of, 'url'), LIMITS.url, `${at}/url`);
    return [
      ...always,
      ...words(of, 'text', LIMITS.buttonText, at),
      ...length(textAt(of, 'value'), LIMITS.buttonValue, `${at}/value`, 0),
      ...label,
      ...target,
    ];
  }
  if (type === 'image')
    return [
      ...always,
      ...length(textAt(of, 'alt_text'), LIMITS.altText, `${at}/alt_text`),
      ...length(textAt(of, 'image_url'), LIMITS.url, `${at}/image_url`),
    ];
  return [
    ...always,
    ...options(of, 'options', type === 'overflow' ? LIMITS.overflowOptions : LIMITS.options, at),
  ];
}

function elements(block: JsonObject, most: number, at: string): Found[] {
  const all = objectsAt(block, 'elements');
  const each = all.flatMap((one, index) => element(one, `${at}/elements/${index}`));
  return [...count(block, 'elements', most, at), ...each, ...repeated(all, 'action_id', `${at}/elements`)];
}

function section(block: JsonObject, at: string): Found[] {
  const accessory = objectAt(block, 'accessory');
  const fields = objectsAt(block, 'fields').flatMap((field, index) =>
    length(textAt(field, 'text'), LIMITS.fieldText, `${at}/fields/${index}/text`),
  );
  const empty = !block['text'] && !block['fields'];
  return [
    empty ? { at, says: 'must define either `fields` or `text`' } : undefined,
    ...words(block, 'text', LIMITS.sectionText, at),
    ...('fields' in block ? count(block, 'fields', LIMITS.fields, at) : []),
    ...fields,
    ...(accessory ? element(accessory, `${at}/accessory`) : []),
  ];
}

function chart(block: JsonObject, at: string): Found[] {
  const of = objectAt(block, 'chart');
  const title = length(textAt(block, 'title'), LIMITS.chartTitle, `${at}/title`);
  if (!of) return title;
  const here = `${at}/chart`;
  const labels = (list: JsonObject[], key: string, place: string): Found[] =>
    list.flatMap((one, index) => length(textAt(one, key), LIMITS.chartLabel, `${place}/${index}/${key}`));
  if (of['type'] === 'pie')
    return [
      ...title,
      ...count(of, 'segments', LIMITS.chartLines, here),
      ...labels(objectsAt(of, 'segments'), 'label', `${here}/segments`),
    ];
  const axes = objectAt(of, 'axis_config') ?? {};
  const given = Array.isArray(axes['categories']) ? axes['categories'] : [];
  const lines = objectsAt(of, 'series');
  return [
    ...title,
    ...count(of, 'series', LIMITS.chartLines, here),
    ...repeated(lines, 'name', `${here}/series`),
    ...labels(lines, 'name', `${here}/series`),
    ...count(axes, 'categories', LIMITS.chartPoints, `${here}/axis_config`),
    ...given.flatMap((each, index) =>
      length(
        typeof each === 'string' ? each : JSON.stringify(each),
        LIMITS.chartLabel,
        `${here}/axis_config/categories/${index}`,
      ),
    ),
    ...(['x_label', 'y_label'] as const).flatMap((key) =>
      length(textAt(axes, key), LIMITS.axisLabel, `${here}/axis_config/${key}`),
    ),
    ...lines.flatMap((line, index) => {
      const place = `${here}/series/${index}`;
      const points = objectsAt(line, 'data');
      const fits = JSON.stringify(points.map(({ label }) => label)) === JSON.stringify(given);
      return [
        ...count(line, 'data', LIMITS.chartPoints, place),
        fits ? undefined : { at: `${place}/data`, says: 'labels must match the categories' },
      ];
    }),
  ];
}

function inside(block: JsonObject, at: string, surface: 'message' | 'modal'): Found[] {
  switch (textAt(block, 'type')) {
    case 'section':
      return section(block, at);
    case 'header':
      return words(block, 'text', LIMITS.headerText, at);
    case 'actions':
      return elements(block, LIMITS.actionsElements, at);
    case 'context':
      return [
        ...elements(block, LIMITS.contextElements, at),
        ...objectsAt(block, 'elements').flatMap((one, index) =>
          length(textAt(one, 'text'), LIMITS.textObject, `${at}/elements/${index}/text`),
        ),
      ];
    case 'image':
      return [...element(block, at), ...words(block, 'title', LIMITS.altText, at)];
    case 'markdown':
      return length(textAt(block, 'text'), LIMITS.markdown, `${at}/text`);
    case 'input': {
      const inner = objectAt(block, 'element');
      return [
        ...words(block, 'label', LIMITS.inputLabel, at),
        ...words(block, 'hint', LIMITS.inputLabel, at),
        ...(inner ? element(inner, `${at}/element`) : []),
      ];
    }
    case 'data_visualization':
      return surface === 'message'
        ? chart(block, at)
        : [{ at, says: 'charts are supported in messages only' }];
    case 'alert':
      return surface === 'message' ? [{ at, says: 'alert blocks are supported in modals only' }] : [];
    default:
      return [];
  }
}

function blocksProblems(value: unknown, most: number, surface: 'message' | 'modal'): Problem[] {
  if (!Array.isArray(value)) return [{ at: '/blocks', says: 'must be an array' }];
  const blocks = value.filter(isObject);
  const each = value.flatMap((block, index) => {
    const at = `/blocks/${index}`;
    if (!isObject(block)) return [{ at, says: 'must be an object' }];
    return [
      ...blockProblems(block, at),
      ...length(textAt(block, 'block_id'), LIMITS.id, `${at}/block_id`),
      ...inside(block, at, surface),
    ];
  });
  const many = value.length > most ? [{ at: '/blocks', says: `no more than ${most} items allowed` }] : [];
  const more = `no more than ${LIMITS.charts} data_visualization blocks allowed`;
  const charts = blocks.filter(isChart).length > LIMITS.charts ? [{ at: '/blocks', says: more }] : [];
  return [...many, ...charts, ...each, ...repeated(blocks, 'block_id', '/blocks')].filter(
    (one) => one !== undefined,
  );
}

/** What Slack would refuse in a message's blocks; empty: nothing. */
export function messageProblems(blocks: unknown): Problem[] {
  return blocksProblems(blocks, LIMITS.messageBlocks, 'message');
}

/** What Slack would refuse in a modal; empty: nothing. */
export function viewProblems(view: JsonObject): Problem[] {
  const blocks = objectsAt(view, 'blocks');
  const titles = ['title', 'submit', 'close'].flatMap((key) => words(view, key, LIMITS.viewTitle, ''));
  const hidden = [
    ...length(textAt(view, 'private_metadata'), LIMITS.privateMetadata, '/private_metadata', 0),
    ...length(textAt(view, 'callback_id'), LIMITS.id, '/callback_id', 0),
  ];
  const unsendable = blocks.some((block) => block['type'] === 'input') && !view['submit'];
  const submit = unsendable
    ? [{ at: '', says: 'a submit text is required when there is an input block' }]
    : [];
  const own = [...titles, ...hidden, ...submit].filter((one) => one !== undefined);
  return [...modalProblems(view), ...own, ...blocksProblems(view['blocks'], LIMITS.viewBlocks, 'modal')];
}

/** The characters in all texts of the blocks together. */
export function charactersIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + charactersIn(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) =>
      sum + (key === 'text' && typeof item === 'string' ? item.length : charactersIn(item)),
    0,
  );
}

/** The project’s own rules besides Slack’s: a fallback text next to blocks, at most one primary button. */
export function houseRules(message: {
  text?: string | undefined;
  blocks?: JsonObject[] | undefined;
}): string[] {
  const buttons = (message.blocks ?? []).flatMap((block) => [
    ...objectsAt(block, 'elements'),
    ...(objectAt(block, 'accessory') ? [objectAt(block, 'accessory') ?? {}] : []),
  ]);
  const primary = buttons.filter((one) => one['style'] === 'primary').length;
  const broken: string[] = [];
  if (message.blocks && message.blocks.length > 0 && !message.text?.trim())
    broken.push('blocks without a text next to them');
  if (primary > 1) broken.push(`${primary} primary buttons in one message`);
  return broken;
}
