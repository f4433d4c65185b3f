import type { AnySchemaObject, ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import messageSchema from './fixtures/MessageBlocks.schema.json' with { type: 'json' };
import modalSchema from './fixtures/Modal.schema.json' with { type: 'json' };
import type { JsonObject } from './json.ts';
import { textAt } from './json.ts';
import { chartDefinitions } from './charts.ts';

/** An error: its place as a JSON pointer, and what is wrong. */
export interface Problem {
  at: string;
  says: string;
}

const given: Record<string, AnySchemaObject> = {
  ...messageSchema.definitions,
  ...modalSchema.definitions,
  ...chartDefinitions,
};

/** The members of a union, with nested unions expanded: the value of `type`, and the schema for that type. */
function leaves(schema: AnySchemaObject): [type: unknown, schema: AnySchemaObject][] {
  const ref = schema['$ref'] as string | undefined;
  const named = ref === undefined ? schema : (given[ref.replace('#/definitions/', '')] ?? {});
  const inner = named['anyOf'] as AnySchemaObject[] | undefined;
  if (inner) return inner.flatMap(leaves);
  return [
    [named['properties']?.type?.const, ref === undefined ? (tagged(schema) as AnySchemaObject) : schema],
  ];
}

/**
 * Limits errors to one type. For a value of many possible types every type would report errors; where `type` names one,
 * only that one is checked.
 */
function tagged(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(tagged);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf, ...rest } = schema as AnySchemaObject;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, tagged(value)]));
  if (!Array.isArray(anyOf)) return inner;
  const all = leaves({ anyOf });
  const types = [...new Set(all.map(([type]) => type))];
  if (types.includes(undefined)) return { ...inner, anyOf: tagged(anyOf) };
  const cases = types.map((type) => {
    const schemas = all.filter(([one]) => one === type).map(([, leaf]) => leaf);
    const another = { not: { properties: { type: { const: type } } } };
    return { if: another, else: schemas.length === 1 ? schemas[0] : { anyOf: schemas } };
  });
  return {
    ...inner,
    type: 'object',
    required: ['type'],
    properties: { type: { enum: types } },
    allOf: cases,
  };
}

const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema({ $id: 'slack', definitions: tagged(given) as AnySchemaObject });

const blockNames = new Map(
  Object.entries(given).flatMap(([name, schema]) => {
    const type: unknown = schema['properties']?.type?.const;
    return typeof type === 'string' && name.endsWith('Block') ? [[type, name] as const] : [];
  }),
);

function validator(definition: string): ValidateFunction {
  const found = ajv.getSchema(`slack#/definitions/${definition}`);
  if (!found) throw new Error(`No definition ${definition} in the schema of Slack's types`);
  return found;
}

/** Errors in the structure of one block by Slack's own types; lengths and counts are not checked. */
export function blockProblems(block: JsonObject, at: string): Problem[] {
  const type = textAt(block, 'type');
  const name = blockNames.get(type ?? '');
  return name
    ? check(name, block, at)
    : [{ at: `${at}/type`, says: `unsupported type: ${type ?? '(none)'}` }];
}

/** Errors in the structure of a modal, without its blocks. */
export function modalProblems(view: JsonObject): Problem[] {
  return check('ModalView', { ...view, blocks: [] }, '');
}

function check(definition: string, value: JsonObject, at: string): Problem[] {
  const validate = validator(definition);
  if (validate(value)) return [];
  const errors = (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if' && keyword !== 'anyOf')
    .map((error) => ({
      at: at + error.instancePath,
      says: inWords(error),
    }));
  const different = new Map(errors.map((error) => [error.at + error.says, error]));
  return different.size > 0
    ? [...different.values()].slice(0, 5)
    : [{ at, says: 'failed to match all allowed schemas' }];
}

function inWords({ keyword, params, message }: ErrorObject): string {
  const named = params as { missingProperty?: string; additionalProperty?: string };
  if (keyword === 'required') return `missing required field: ${named.missingProperty}`;
  if (keyword === 'additionalProperties') return `invalid additional property: ${named.additionalProperty}`;
  if (keyword === 'enum') return 'unsupported type or value';
  return message ?? 'failed to match all allowed schemas';
}
