// Every kind of work that is done later: a union, and the schema that reads it back from the queue.
import { z } from 'zod';

export const job = z.discriminatedUnion('name', [
  /** Finishes a conversion whose process died, or whose outcome Intercom did not tell. */
  z.object({ name: z.literal('settle-conversion'), workspaceId: z.string(), conversionId: z.string() }),
  /** Leaves a note on the contact: who converted it and how. */
  z.object({ name: z.literal('note-conversion'), workspaceId: z.string(), conversionId: z.string() }),
]);

export type Job = z.infer<typeof job>;

export const jobNames = job.options.map((option) => option.shape.name.value);
