// Translates between /api/v1 and the code: the same names in snake_case and camelCase, and moments as text and as Date.
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { named } from './schemas.ts';

type Camel<Name> = Name extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<Camel<Rest>>}` : Name;
export type CamelFields<T> = { [Name in keyof T as Camel<Name>]: T[Name] };

/**
 * What becomes `Json`: an object that has the same fields in camelCase, and may have more. Settings and rules are stored as
 * the API shows them, so an object in its form is taken as it is.
 */
type Source<Json> = Json extends readonly (infer Item)[]
  ? readonly Source<Item>[]
  : Json extends object
    ? Json | { readonly [Name in keyof Json as Camel<Name>]: Source<Json[Name]> }
    : Json extends string
      ? Json | Date
      : Json;

/** The schema of an answer, and how it is made of a record. */
export type Resource<Row, Schema extends z.ZodType> = {
  schema: Schema;
  toJson(row: Row, to: ShownTo): Promise<z.input<Schema>>;
};
type ShownTo = { ctx: Context; workspaceId: string };

type SourceOf<Row, Schema extends z.ZodType> = (
  row: Row,
  to: ShownTo,
) => Source<z.input<Schema>> | Promise<Source<z.input<Schema>>>;

/** An object that /openapi.json shows as `id`. */
export function resource<Fields extends z.ZodRawShape, Row = Source<z.input<z.ZodObject<Fields>>>>(
  id: string,
  {
    fields,
    sourceOf,
    description,
    example,
  }: {
    fields: Fields;
    sourceOf?: SourceOf<Row, z.ZodObject<Fields>>;
    description?: string;
    example?: object;
  },
) {
  const about = { id, ...(description && { description }), ...(example && { examples: [example] }) };
  return answer(z.strictObject(fields).register(named, about), sourceOf);
}

/** `sourceOf` says what the schema's fields are made of where the record does not have them. */
export function answer<Schema extends z.ZodType, Row = Source<z.input<Schema>>>(
  schema: Schema,
  sourceOf?: SourceOf<Row, Schema>,
): Resource<Row, Schema> {
  return {
    schema,
    toJson: async (row, to) => shaped(schema, sourceOf ? await sourceOf(row, to) : row) as z.input<Schema>,
  };
}

/** Only the fields that the schema names; what is no object of the schema stays as it is. */
function shaped(schema: z.core.$ZodType, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return value;
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return shaped(schema.unwrap(), value);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((item) => shaped(schema.element, item));
  if (!(schema instanceof z.ZodObject)) return value;
  const given = new Map(Object.entries(value));
  const fields = Object.entries<z.core.$ZodType>(schema.shape).map(([name, field]) => [
    name,
    shaped(field, given.get(given.has(name) ? name : camelCase(name))),
  ]);
  return Object.fromEntries(fields);
}

/** For a body's or a query's `transform`. */
export function camelFields<T extends object>(given: T): CamelFields<T> {
  const fields = Object.entries(given).map(([name, value]) => [camelCase(name), value]);
  return Object.fromEntries(fields) as CamelFields<T>;
}

function camelCase(name: string): string {
  return name.replaceAll(/_(.)/g, (_all, letter: string) => letter.toUpperCase());
}
