// Reads the token by which a company's own page says who its visitor is.
import jwt from 'jsonwebtoken';
import { z } from 'zod';

const claims = z.object({ user_id: z.union([z.string(), z.number()]).transform(String), exp: z.number() });

/** A token that never gets old would be as good as a password. */
const longestSeconds = 24 * 60 * 60;

/** Of a JWT (HS256) under this secret that ends within a day; null for any other text. */
export function readUserToken(token: string, secret: string, now: Date): { userId: string } | null {
  const seconds = Math.floor(now.getTime() / 1000);
  try {
    const read = claims.parse(jwt.verify(token, secret, { algorithms: ['HS256'], clockTimestamp: seconds }));
    return read.exp - seconds <= longestSeconds ? { userId: read.user_id } : null;
  } catch {
    return null;
  }
}
