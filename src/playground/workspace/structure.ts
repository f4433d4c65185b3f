import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import messageSchema from './fixtures/MessageBlocks.schema.json' with { type: 'json' };
import modalSchema from './fixtures/Modal.schema.json' with { type: 'json' };
import type { JsonObject } from './json.ts';
import { textAt } from './json.ts';

/** Where something is wrong, as a JSON pointer, and what. */
export interface Problem {
  at: string;
  says: string;
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
const definitions: Record<string, AnySchemaObject> = {
  ...messageSchema.definitions,
  ...modalSchema.definitions,
};
ajv.addSchema({ $id: 'slack', definitions });

const blockNames = new Map(
  Object.entries(definitions).flatMap(([name, { properties }]) => {
    const type: unknown = properties?.type?.const;
    return typeof type === 'string' && name.endsWith('Block') ? [[type, name] as const] : [];
  }),
);

function validator(definition: string): ValidateFunction {
  const found = ajv.getSchema(`slack#/definitions/${definition}`);
  if (!found) throw new Error(`No definition ${definition} in the schema of Slack's types`);
  return found;
}

/** What is wrong with the structure of one block by Slack's own types; lengths and counts are not looked at. */
export function blockProblems(block: JsonObject, at: string): Problem[] {
  const name = blockNames.get(textAt(block, 'type') ?? '');
  if (!name) return [{ at: `${at}/type`, says: `unsupported type: ${textAt(block, 'type') ?? '(none)'}` }];
  return check(name, block, at);
}

/** What is wrong with the structure of a modal, its blocks apart. */
export function modalProblems(view: JsonObject): Problem[] {
  return check('ModalView', { ...view, blocks: [] }, '');
}

function check(definition: string, value: JsonObject, at: string): Problem[] {
  const validate = validator(definition);
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'anyOf');
  const deepest = Math.max(...errors.map(({ instancePath }) => instancePath.split('/').length));
  const telling = errors.filter(({ instancePath }) => instancePath.split('/').length === deepest);
  const problems = telling.map((error) => ({ at: at + error.instancePath, says: inWords(error) }));
  return problems.length > 0 ? problems.slice(0, 5) : [{ at, says: 'failed to match all allowed schemas' }];
}

function inWords({ keyword, params, message }: ErrorObject): string {
  const named = params as { missingProperty?: string; additionalProperty?: string };
  if (keyword === 'required') return `missing required field: ${named.missingProperty}`;
  if (keyword === 'additionalProperties') return `invalid additional property: ${named.additionalProperty}`;
  return message ?? 'failed to match all allowed schemas';
}
