// @ts-check
/** Draws the Block Kit blocks that this bot uses, and a plain word for any other. */
import { html } from 'htm/preact';
import { Controls } from './controls.js';
import { LineChart } from './line-chart.js';
import { Words } from './rich.js';

/**
 * @typedef {import('../shapes.ts').Block} Block
 * @typedef {import('../shapes.ts').Use} Use
 */

/**
 * @param {{ of: import('../api.ts').Block[], use: Use, errors?: Record<string, string> }} props
 */
export function Blocks({ of, use, errors = {} }) {
  const blocks = /** @type {Block[]} */ (of);
  // Keys by kind keep an element when a line appears above it, so that a press on it is not lost.
  /** @type {Map<string, number>} */
  const counts = new Map();
  return blocks.map((block) => {
    const count = (counts.get(block.type ?? '') ?? 0) + 1;
    counts.set(block.type ?? '', count);
    return html`<${One} key=${`${block.type} ${count}`} block=${block} use=${use} errors=${errors} />`;
  });
}

/**
 * @param {{ block: Block, use: Use, errors: Record<string, string> }} props
 */
function One({ block, use, errors }) {
  const { type, text, fields = [], elements = [], accessory } = block;
  switch (type) {
    case 'header':
      return html`<h3 class="block header"><${Words} of=${text} /></h3>`;
    case 'divider':
      return html`<hr class="block" />`;
    case 'section':
      return html`<div class="block section">
        <div class="body">
          ${text !== undefined && html`<div class="text"><${Words} of=${text} /></div>`}
          ${
            fields.length > 0 &&
            html`<div class="fields">
              ${fields.map((field, at) => html`<div key=${at}><${Words} of=${field} /></div>`)}
            </div>`
          }
        </div>
        ${accessory && html`<${Controls} of=${[accessory]} use=${use} />`}
      </div>`;
    case 'context':
      return html`<div class="block context">
        ${elements.map((each, at) => html`<span key=${at}><${Words} of=${each.type === 'image' ? `(${each.alt_text ?? 'image'})` : each} /></span>`)}
      </div>`;
    case 'actions':
      return html`<div class="block"><${Controls} of=${elements} use=${use} /></div>`;
    case 'data_visualization':
      return html`<${LineChart} block=${block} />`;
    case 'input':
      return html`<${Input} block=${block} error=${errors[block.block_id ?? '']} />`;
    default:
      return html`<div class="block context">(a block of type ${type}, which is not drawn here)</div>`;
  }
}

/**
 * A field of a modal. Its form finds it by `data-block` and `data-action`.
 * @param {{ block: Block, error: string | undefined }} props
 */
function Input({ block, error }) {
  const { block_id: id = '', element = {}, label, hint, optional } = block;
  const field = `field-${id}`;
  const shared = {
    id: field,
    'data-block': id,
    'data-action': element.action_id,
    'aria-invalid': error !== undefined,
    'aria-describedby': `${field}-note`,
    'aria-required': optional !== true,
  };
  return html`<div class="block input">
    <label for=${field}><${Words} of=${label} />${optional ? html` <span class="muted">(optional)</span>` : ''}</label>
    <${Field} element=${element} shared=${shared} />
    <div id=${`${field}-note`}>
      ${error !== undefined ? html`<p class="wrong" role="alert">⚠ ${error}</p>` : hint && html`<p class="muted"><${Words} of=${hint} /></p>`}
    </div>
  </div>`;
}

/**
 * @param {{ element: import('../shapes.ts').Element, shared: Record<string, unknown> }} props
 */
function Field({ element, shared }) {
  const {
    type,
    options = [],
    initial_option: first,
    initial_value: text,
    placeholder,
    max_length: most = 3_000,
  } = element;
  if (type === 'static_select')
    return html`<select ...${shared}>
      ${!first && html`<option value="">${placeholder?.text ?? 'Choose'}</option>`}
      ${options.map(({ text: label, value }) => html`<option key=${value} value=${value} selected=${value === first?.value}><${Words} of=${label} /></option>`)}
    </select>`;
  if (type === 'radio_buttons')
    return html`<div role="radiogroup" ...${shared}>
      ${options.map(
        ({ text: label, value }) => html`<label key=${value} class="choice">
          <input type="radio" name=${shared.id} value=${value} defaultChecked=${value === first?.value} />
          <${Words} of=${label} />
        </label>`,
      )}
    </div>`;
  const given = { ...shared, placeholder: placeholder?.text, maxLength: most, defaultValue: text };
  return element.multiline
    ? html`<textarea rows="3" ...${given}></textarea>`
    : html`<input type="text" autocomplete="off" ...${given} />`;
}

/**
 * The values in the fields of a form, by block and action.
 * @param {HTMLFormElement} form
 */
export function valuesOf(form) {
  /** @type {Record<string, Record<string, string>>} */
  const values = {};
  for (const field of form.querySelectorAll('[data-block]')) {
    const { block = '', action = '' } = /** @type {HTMLElement} */ (field).dataset;
    const chosen = /** @type {HTMLInputElement | null} */ (field.querySelector('input:checked'));
    const own = 'value' in field ? String(field.value) : undefined;
    const value = own ?? chosen?.value;
    if (value) values[block] = { ...values[block], [action]: value };
  }
  return values;
}
