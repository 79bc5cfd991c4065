// Teammates in the console: their identity, and what each role can do.
import { z } from 'zod';

export const role = z.enum(['viewer', 'administrator']);
export type Role = z.infer<typeof role>;

export type Identity = { id: string; name: string; email: string };

export type Member = Identity & { role: Role; addedAt: Date; removedAt: Date | null };

const isAdministrator = ({ role, removedAt }: Pick<Member, 'role' | 'removedAt'>) =>
  role === 'administrator' && removedAt === null;

/** "Ask Dana Moreno or Priya Raman." */
export function whomToAsk(members: readonly Member[]): string {
  const names = members.filter(isAdministrator).map(({ name }) => name);
  return names.length === 0 ? 'Ask an administrator.' : `Ask ${names.slice(0, 2).join(' or ')}.`;
}

/** "Ask Maria Silva or another administrator to reconnect Intercom." Null for a teammate who can. */
export function whoReconnects(
  members: readonly Member[],
  teammateId: string,
  installer: string | null,
): string | null {
  const administrators = members.filter(isAdministrator);
  if (administrators.some(({ id }) => id === teammateId)) return null;
  const name = administrators[0]?.name ?? installer;
  const another = administrators.length === 1 ? '' : ' or another administrator';
  return `Ask ${name === null ? 'an administrator' : `${name}${another}`} to reconnect Intercom.`;
}

export function mayDo(has: Role, needs: Role): boolean {
  return needs === 'viewer' || has === 'administrator';
}
