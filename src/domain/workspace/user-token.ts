// User tokens: how the company identifies a user to the Messenger and Fin.

/** The result of checking the token that came with a request. */
export type UserToken = { state: 'none' } | { state: 'invalid' } | { state: 'valid'; userId: string };

/** HS256 is only as strong as its secret, which can be guessed offline from one token. */
export const shortestUserTokenSecret = 32;

/** Two, so that one can be replaced while tokens of both are in use. */
export const mostUserTokenSecrets = 2;
