// What a company's own page would put on its user: a JSON Web Token that says who is signed in.
import jwt from 'jsonwebtoken';

/** The secret of the workspace's Messenger, with which a company signs its users. */
export const messengerSecret = 'sandbox-messenger-secret-not-for-production';

/** HS256; expires after these minutes, or has expired when they are negative. */
export function userToken(externalId: string, minutes: number, secret: string = messengerSecret): string {
  const now = Math.floor(Date.now() / 1000);
  return jwt.sign({ user_id: externalId, iat: now, exp: now + minutes * 60 }, secret, { algorithm: 'HS256' });
}
