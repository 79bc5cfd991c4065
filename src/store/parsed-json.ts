// JSON columns parsed by a schema, which fills in what an earlier version did not store.
import { customType } from 'drizzle-orm/pg-core';
import type { z } from 'zod';

export function parsedJson<S extends z.ZodType>(name: string, schema: S) {
  return customType<{ data: z.output<S>; driverData: unknown }>({
    dataType: () => 'jsonb',
    fromDriver: (stored) => schema.parse(stored),
    toDriver: (value) => JSON.stringify(readable(schema, value)),
  })(name);
}

/** What could not be read again must not be stored: it would break every list that it is in. */
function readable<S extends z.ZodType>(schema: S, value: z.output<S>): z.output<S> {
  schema.parse(value);
  return value;
}
