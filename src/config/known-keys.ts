import { z } from 'zod';
import { nearest } from '../text/did-you-mean.ts';

type Schema = z.core.$ZodType;

/** The message for an unknown key; `known` are the keys allowed there. */
export function notKnown(key: string, known: readonly string[]): string {
  if (known.includes(key)) return 'is a setting of another kind only';
  const near = nearest(key, known);
  return `is not a known setting${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** The names of the settings that the group at `path` may have; of all its forms, where it has several. */
export function keysAt(schema: Schema, path: readonly (string | number)[]): string[] {
  const [first, ...rest] = path;
  const keys = formsOf(schema).flatMap((form) => {
    if (form instanceof z.core.$ZodObject) {
      const { shape } = form._zod.def;
      if (first === undefined) return Object.keys(shape);
      const inner = Object.hasOwn(shape, first) ? shape[first] : undefined;
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    if (first !== undefined && form instanceof z.core.$ZodArray) return keysAt(form._zod.def.element, rest);
    if (first !== undefined && form instanceof z.core.$ZodRecord)
      return keysAt(form._zod.def.valueType, rest);
    return [];
  });
  return [...new Set(keys)];
}

/** The forms allowed in a place: the schema without its wrappers. */
function formsOf(schema: Schema): Schema[] {
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap(formsOf);
  if (schema instanceof z.core.$ZodPipe)
    return [schema._zod.def.in, schema._zod.def.out].flatMap((each) => formsOf(each));
  if (
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault
  )
    return formsOf(schema._zod.def.innerType);
  return [schema];
}
