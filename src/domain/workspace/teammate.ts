// Teammates in the console: who they are, and what each role may do.
import { z } from 'zod';

/** A viewer reads; an administrator changes things as well. */
export const role = z.enum(['viewer', 'administrator']);
export type Role = z.infer<typeof role>;

/** As Intercom names them. */
export type Identity = { id: string; name: string; email: string };

export type Member = Identity & { role: Role; addedAt: Date; removedAt: Date | null };

/** Whether somebody with the role `has` may do what `needs` another. */
export function mayDo(has: Role, needs: Role): boolean {
  return needs === 'viewer' || has === 'administrator';
}
