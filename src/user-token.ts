// Reads user tokens, with which a company's server tells who a user is.
import jwt from 'jsonwebtoken';
import { z } from 'zod';

/** Pages renew their tokens. A token that is valid for longer would be as good as a password. */
const longestSeconds = 24 * 60 * 60;
const longestText = 4_000;
/** How far the clock of the company's server may be off. */
const toleranceSeconds = 30;

const id = z.string().min(1).max(255);
const exp = z.number();
/** `user_id` as in Intercom's own tokens, or `sub` as is usual in JWTs. */
const claims = z.union([
  z
    .object({ user_id: z.union([id, z.number().transform(String)]), exp })
    .transform((read) => ({ userId: read.user_id, exp: read.exp })),
  z.object({ sub: id, exp }).transform((read) => ({ userId: read.sub, exp: read.exp })),
]);

/** The user of a JWT (HS256) that is signed with one of these secrets and expires within a day. Null for any other text. */
export function readUserToken(
  token: string,
  secrets: readonly string[],
  now: Date,
): { userId: string } | null {
  if (token.length > longestText) return null;
  const seconds = Math.floor(now.getTime() / 1000);
  for (const secret of secrets) {
    const read = claims.safeParse(verified(token, secret, seconds));
    if (read.success) return read.data.exp - seconds <= longestSeconds ? { userId: read.data.userId } : null;
  }
  return null;
}

function verified(token: string, secret: string, seconds: number): unknown {
  try {
    const options = { algorithms: ['HS256' as const], clockTimestamp: seconds };
    return jwt.verify(token, secret, { ...options, clockTolerance: toleranceSeconds });
  } catch {
    return null;
  }
}
