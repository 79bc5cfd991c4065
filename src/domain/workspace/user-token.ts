// User tokens: how the company's own page proves who its visitor is, to the Messenger and to Fin.

/** The result of checking the token that came with a request. */
export type UserToken = { state: 'none' } | { state: 'invalid' } | { state: 'valid'; userId: string };

/** HS256 is as strong as its secret, which can be guessed offline from one token. */
export const shortestUserTokenSecret = 32;

/** Enough to replace one while tokens of both are in use. */
export const mostUserTokenSecrets = 2;
