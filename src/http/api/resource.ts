// Translates between /api/v1 (snake_case, moments as text) and the code (camelCase, Date).
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { named } from './schemas.ts';

type Camel<Name> = Name extends `${infer First}_${infer Rest}` ? `${First}${Capitalize<Camel<Rest>>}` : Name;
export type CamelFields<T> = { [Name in keyof T as Camel<Name>]: T[Name] };

/** The record behind `Json`: the same fields in camelCase, or an object already in the API's form. */
type Source<Json> = Json extends readonly (infer Item)[]
  ? readonly Source<Item>[]
  : Json extends object
    ? Json | { readonly [Name in keyof Json as Camel<Name>]: Source<Json[Name]> }
    : Json extends string
      ? Json | Date
      : Json;

export type Resource<Row, Schema extends z.ZodType> = {
  schema: Schema;
  toJson(row: Row, to: ShownTo): Promise<z.input<Schema>>;
};
type ShownTo = { ctx: Context; workspaceId: string };

type SourceOf<Row, Schema extends z.ZodType> = (
  row: Row,
  to: ShownTo,
) => Source<z.input<Schema>> | Promise<Source<z.input<Schema>>>;

/** /openapi.json shows it as `id`. */
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

/** `sourceOf` provides the fields that the record does not have. */
export function answer<Schema extends z.ZodType, Row = Source<z.input<Schema>>>(
  schema: Schema,
  sourceOf?: SourceOf<Row, Schema>,
): Resource<Row, Schema> {
  return {
    schema,
    toJson: async (row, to) => shaped(schema, sourceOf ? await sourceOf(row, to) : row) as z.input<Schema>,
  };
}

/** Keeps only the schema's fields; anything else passes unchanged. */
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

export function camelFields<T extends object>(given: T): CamelFields<T> {
  const fields = Object.entries(given).map(([name, value]) => [camelCase(name), value]);
  return Object.fromEntries(fields) as CamelFields<T>;
}

function camelCase(name: string): string {
  return name.replaceAll(/_(.)/g, (_all, letter: string) => letter.toUpperCase());
}
