import type { JsonObject } from './json.ts';
import { objectAt, objectsAt, textAt } from './json.ts';
import { renderChart } from './charts.ts';
import type { Message } from './messages.ts';
import { pieces, unescapeText } from './text.ts';
import type { World } from './directory.ts';

/** Renders markup for a reader: names for mentions, local time for dates, text for the rest. */
export function renderText(world: World, text: string): string {
  return pieces(text)
    .map((piece) =>
      'markup' in piece
        ? renderMarkup(world, piece.markup, piece.label)
        : unstyled(unescapeText(piece.plain)),
    )
    .join('');
}

function unstyled(text: string): string {
  return text
    .replaceAll(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, '$1')
    .replaceAll(/(?<![\w_/])_([^_\n]+)_(?![\w_])/g, '$1');
}

function renderMarkup(world: World, markup: string, label: string | undefined): string {
  const id = markup.slice(1);
  if (markup.startsWith('@')) return `@${world.users.get(id)?.name ?? label ?? id}`;
  if (markup.startsWith('#')) return `#${world.channels.get(id)?.name ?? label ?? id}`;
  if (markup.startsWith('!subteam^'))
    return `@${world.groups.get(markup.slice('!subteam^'.length))?.handle ?? label ?? markup}`;
  if (markup.startsWith('!date^')) return renderDate(markup, label);
  if (markup.startsWith('!')) return `@${id.split('^')[0]}`;
  return label === undefined || label === markup
    ? unescapeText(markup)
    : `${unescapeText(label)} (${unescapeText(markup)})`;
}

/** Renders `<!date^seconds^format|fallback>` in UTC. An invalid date shows its fallback. */
function renderDate(markup: string, fallback: string | undefined): string {
  const [, seconds = '', format = ''] = markup.split('^');
  const at = new Date(Number(seconds) * 1000);
  if (!/^\d+$/.test(seconds) || Number.isNaN(at.getTime())) return fallback ?? markup;
  const [day = '', clock = ''] = at.toISOString().split('T');
  const time = clock.slice(0, 5);
  return format.replaceAll(/\{(\w+)\}/g, (whole, token: string) => {
    if (token.startsWith('date') || token === 'day_divider_pretty') return day;
    if (token === 'time') return time;
    if (token === 'time_secs') return clock.slice(0, 8);
    return token === 'ago' ? `at ${day} ${time}` : whole;
  });
}

function renderTextObject(world: World, object: JsonObject | undefined): string {
  const text = (object && textAt(object, 'text')) ?? '';
  return object?.['type'] === 'plain_text' ? text : renderText(world, text);
}

function renderElement(world: World, element: JsonObject): string {
  const label = renderTextObject(world, objectAt(element, 'text'));
  switch (textAt(element, 'type')) {
    case 'button':
      return element['url'] === undefined ? `[${label}]` : `[${label} ↗]`;
    case 'overflow':
      return `[⋯ ${objectsAt(element, 'options')
        .map((option) => renderTextObject(world, objectAt(option, 'text')))
        .join(' | ')}]`;
    case 'image':
      return `(image: ${textAt(element, 'alt_text') ?? ''})`;
    case 'mrkdwn':
    case 'plain_text':
      return renderTextObject(world, element);
    default: {
      const placeholder = renderTextObject(world, objectAt(element, 'placeholder'));
      const chosen =
        textAt(element, 'initial_value') ??
        renderTextObject(world, objectAt(objectAt(element, 'initial_option') ?? {}, 'text'));
      return `[${chosen || placeholder || '____'} ▾]`;
    }
  }
}

function richText(world: World, part: JsonObject): string {
  const inner = objectsAt(part, 'elements').map((one) => richText(world, one));
  const type = textAt(part, 'type') ?? '';
  if (type === 'rich_text' || type === 'rich_text_list')
    return inner.map((line) => (type === 'rich_text_list' ? `• ${line}` : line)).join('\n');
  if (inner.length > 0) return inner.join('');
  if (type === 'user') return `@${world.users.get(textAt(part, 'user_id') ?? '')?.name ?? ''}`;
  if (type === 'usergroup') return `@${world.groups.get(textAt(part, 'usergroup_id') ?? '')?.handle ?? ''}`;
  if (type === 'broadcast') return `@${textAt(part, 'range') ?? ''}`;
  return textAt(part, 'text') ?? textAt(part, 'url') ?? textAt(part, 'name') ?? '';
}

/** Renders one block as lines of text. */
export function renderBlock(world: World, block: JsonObject): string[] {
  switch (textAt(block, 'type')) {
    case 'header':
      return [`▌ ${renderTextObject(world, objectAt(block, 'text'))}`];
    case 'section': {
      const accessory = objectAt(block, 'accessory');
      const fields = objectsAt(block, 'fields').map((field) =>
        renderTextObject(world, field).replace('\n', ': '),
      );
      const text = objectAt(block, 'text')
        ? renderTextObject(world, objectAt(block, 'text')).split('\n')
        : [];
      return [
        ...text,
        ...fields.map((field) => `  ${field}`),
        ...(accessory ? [renderElement(world, accessory)] : []),
      ];
    }
    case 'context':
      return [
        `· ${objectsAt(block, 'elements')
          .map((one) => renderElement(world, one))
          .join(' ')}`,
      ];
    case 'actions':
      return [
        objectsAt(block, 'elements')
          .map((one) => renderElement(world, one))
          .join(' '),
      ];
    case 'input':
      return [
        `${renderTextObject(world, objectAt(block, 'label'))}: ${renderElement(world, objectAt(block, 'element') ?? {})}`,
      ];
    case 'divider':
      return ['────'];
    case 'markdown':
      return renderText(world, textAt(block, 'text') ?? '').split('\n');
    case 'rich_text':
      return richText(world, block).split('\n');
    case 'data_visualization':
      return renderChart(block);
    case 'alert':
      return [`! ${renderTextObject(world, objectAt(block, 'text'))}`];
    default:
      return [`(${textAt(block, 'type') ?? 'block'})`];
  }
}

/** Renders a message: its blocks, or its text when it has none. */
export function renderMessage(world: World, message: Pick<Message, 'text' | 'blocks'>): string {
  if (!message.blocks) return renderText(world, message.text);
  return message.blocks.flatMap((block) => renderBlock(world, block)).join('\n');
}

/** Renders a modal as text. */
export function renderView(world: World, view: JsonObject): string {
  const title = `┌ ${renderTextObject(world, objectAt(view, 'title'))}`;
  const buttons = ['submit', 'close'].flatMap((key) =>
    objectAt(view, key) ? [`[${renderTextObject(world, objectAt(view, key))}]`] : [],
  );
  return [
    title,
    ...objectsAt(view, 'blocks').flatMap((block) => renderBlock(world, block)),
    buttons.join(' '),
  ].join('\n');
}
