// Teammates in the console: their identity, and what each role can do.
import { z } from 'zod';

export const role = z.enum(['viewer', 'administrator']);
export type Role = z.infer<typeof role>;

export type Identity = { id: string; name: string; email: string };

export type Member = Identity & { role: Role; addedAt: Date; removedAt: Date | null };

export function mayDo(has: Role, needs: Role): boolean {
  return needs === 'viewer' || has === 'administrator';
}
