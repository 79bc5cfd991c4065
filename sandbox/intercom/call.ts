// What a call says about itself: its version, who makes it, and its parameters.
import type { Request } from 'express';
import { z } from 'zod';
import type { Emit } from '../deliveries/webhooks.ts';
import type { Admin, Token, World } from '../world.ts';
import { invalid, refusal } from './refusal.ts';

/** What every resource works on. */
export type Api = {
  world: World;
  emit: Emit;
  /** Called once the app has uninstalled itself. */
  onUninstall?: () => void;
};

/** The newest version there is here, which the sandbox's app is set to, and in which its notifications are written. */
export const newestVersion = '2.16';

export type Version = '2.14' | '2.15' | typeof newestVersion;

/** The token that works without a visit to the OAuth page. */
export const fixedToken = 'sandbox-access-token';

/** The version that a call is served by. Older 2.x versions do not differ from 2.14 in anything served here. */
export function versionOf(req: Request): Version {
  // Intercom takes the app's own setting when the header is missing.
  const requested = req.get('Intercom-Version') ?? newestVersion;
  if (requested === newestVersion || requested === 'Preview' || requested === 'Unstable')
    return newestVersion;
  if (requested === '2.15') return '2.15';
  if (/^2\.([0-9]|1[0-4])$/.test(requested)) return '2.14';
  throw refusal(400, 'intercom_version_invalid', `The requested version '${requested}' does not exist`);
}

/** The token that a call carries, and what is known about it; undefined for a token that was never issued. */
export function tokenOf(world: World, req: Request): Pick<Token, 'id' | 'revoked'> | undefined {
  for (const id of credentialsOf(req.get('Authorization') ?? '')) {
    const token = world.tokens.get(id) ?? (id === fixedToken ? { id, revoked: false } : undefined);
    if (token) return token;
  }
  return undefined;
}

/**
 * What may be the token: Intercom takes it as a Bearer, and by HTTP Basic as the user name or the password, as its
 * own CLI and `curl -u` send it: https://github.com/intercom/python-intercom/issues/87
 */
function credentialsOf(header: string): string[] {
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (scheme.toLowerCase() === 'bearer') return [value];
  if (scheme.toLowerCase() !== 'basic') return [];
  const [name = '', ...password] = Buffer.from(value, 'base64').toString().split(':');
  return [name, password.join(':')];
}

/** The teammate who authorized the app, as long as they are one; the fixed token acts for the first one there is. */
export function adminOf(world: World, req: Request): Admin | undefined {
  const id = tokenOf(world, req)?.id;
  const adminId = id === undefined ? undefined : world.tokens.get(id)?.admin_id;
  return adminId === undefined ? world.admins.all()[0] : world.admins.get(adminId);
}

/** Parses a body or a query; the first thing that is wrong becomes Intercom's 400. */
export function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  if (issue?.message === missing) throw refusal(400, 'parameter_not_found', `${field} not specified`);
  throw invalid(`${field || 'the body'}: ${issue?.message ?? 'is not valid'}`, field || undefined);
}

const missing = 'is missing';

/** A string that has to be there. */
export function required(): z.ZodString {
  return z.string({ error: (issue) => (issue.input === undefined ? missing : 'is not a string') });
}

/** A flag in a query string. */
export const queryFlag = z
  .enum(['true', 'false'])
  .optional()
  .transform((flag) => flag === 'true');
