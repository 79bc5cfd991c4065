// What Fin can ask and what it can request, with the outcomes that are counted.

export const questions = ['referral-status', 'rewards', 'my-link', 'program'] as const;
export type Question = (typeof questions)[number];

/** What changes something: each a connector of its own, behind a Procedure. */
export const purposes = ['resend-link', 'missing-referral'] as const;
export type FinPurpose = (typeof purposes)[number];

export const connectorNames = [...questions, ...purposes] as const;
export type ConnectorName = (typeof connectorNames)[number];

/**
 * `answered`: from data of the person, or about the program. `not-found`: a verified person without any data.
 * `unverified`: only the public text was given. `unnamed`: the same, because no ID arrived. `refused`: the limit of requests. `failed`: no database in time.
 */
export const finOutcomes = ['answered', 'not-found', 'unverified', 'unnamed', 'refused', 'failed'] as const;
export type FinOutcome = (typeof finOutcomes)[number];

/** Intercom gives up after 15 seconds; customers do sooner. */
export const slowMs = 1_000;
export const requestsPerMinute = 600;

/** Of one person. */
export const requestsPerDay: Record<FinPurpose, number> = { 'resend-link': 3, 'missing-referral': 3 };
/** Of the whole workspace, so that a loop in a Procedure fills no inbox. */
export const workspaceRequestsPerDay = 200;
