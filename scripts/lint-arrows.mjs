/**
 * A lint rule: which part of `src` imports which. A part is a folder, with the root file of its name (`config/` and
 * `config.ts`), or a root file alone. An import of a type counts. The option of the rule, in `.oxlintrc.json`, lists
 * the parts, each with the parts that it imports. Those stand above it in the list, so there is no circle.
 */
import { dirname, relative, resolve } from 'node:path';

/** The part of a file; `path` begins below `src`. */
const partOf = (path) => path.split('/')[0].replace(/\.ts$/, '');

/** What is wrong with an import of one part in another; undefined: nothing. */
function wrongWith(arrows, from, to) {
  const parts = Object.keys(arrows);
  const unlisted = [from, to].find((part) => !parts.includes(part));
  if (unlisted !== undefined)
    return `.oxlintrc.json does not list the part "${unlisted}" of src. Add it, with what it imports.`;
  if (from === to) return undefined;
  if (!arrows[from].includes(to))
    return `"${from}" must not import "${to}". Move what both need to a part that both import; bot.ts connects the edges.`;
  if (parts.indexOf(to) > parts.indexOf(from))
    return `.oxlintrc.json must list "${to}" above "${from}", which imports it: there must be no circle.`;
  return undefined;
}

const arrows = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } }],
  },
  create({ cwd, filename, options: [list], report }) {
    const src = resolve(cwd, 'src');
    const check = ({ source }) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
      const target = relative(src, resolve(dirname(filename), source.value));
      if (target.startsWith('..')) return;
      const message = wrongWith(list, partOf(relative(src, filename)), partOf(target));
      if (message !== undefined) report({ node: source, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default { meta: { name: 'parts' }, rules: { arrows } };
