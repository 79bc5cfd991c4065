// Changes to settings as JSON merge patches (RFC 7396), with a schema that is derived from that of the settings.
import { z } from 'zod';

/** Missing fields stay as they are; null restores the default. */
type Patch<T> = {
  [K in keyof T]?:
    | (NonNullable<T[K]> extends readonly unknown[]
        ? T[K]
        : NonNullable<T[K]> extends object
          ? Patch<NonNullable<T[K]>>
          : T[K])
    | null
    | undefined;
};

export function patchOf<S extends z.ZodObject>(schema: S): z.ZodType<Patch<z.output<S>>> {
  // TypeScript cannot infer the types of a computed shape; `Patch` states them.
  return patchSchema(schema) as unknown as z.ZodType<Patch<z.output<S>>>;
}

function patchSchema(schema: z.ZodObject): z.ZodObject {
  const fields = Object.entries(schema.shape).map(([name, field]) => {
    const plain = withoutDefault(field);
    return [name, (plain instanceof z.ZodObject ? patchSchema(plain) : plain).nullish()];
  });
  return z.strictObject(Object.fromEntries(fields));
}

function withoutDefault(field: z.core.$ZodType): z.ZodType {
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault || field instanceof z.ZodOptional)
    return withoutDefault(field.unwrap());
  return field as z.ZodType;
}

type Fields = { readonly [name: string]: unknown };
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list replaces the previous one. The result must be parsed again, which restores the defaults. */
export function applyPatch(present: Fields, patch: Fields): Fields {
  const changed = Object.entries(patch).map(([name, change]) => {
    const before = present[name];
    return [name, isFields(change) ? applyPatch(isFields(before) ? before : {}, change) : change];
  });
  const merged = { ...present, ...Object.fromEntries(changed) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
}
