// What Intercom knows about the app from its page in the Developer Hub: here, the app's own description of that page.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const listingSchema = z.object({
  name: z.string(),
  scopes: z.array(z.object({ name: z.string(), reason: z.string() })),
  webhooks: z.object({ topics: z.array(z.string()) }),
});

export type AppListing = z.infer<typeof listingSchema>;

/** Reads the app's name, the scopes that it asks for and the topics that it subscribes to. Throws when the description is not readable. */
export function readAppListing(): AppListing {
  const file = new URL('../../app-manifest.json', import.meta.url);
  return listingSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
