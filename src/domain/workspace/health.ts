// The health of an installation, as Intercom requests it and shows it to the workspace's administrators.
import { z } from 'zod';
import type { Pause } from '../runs/run.ts';
import { dayMs, hourMs } from '../time-units.ts';

/**
 * Intercom's own words: https://developers.intercom.com/docs/build-an-integration/learn-more/installation-health-check.
 * UNHEALTHY means that a teammate has to act; temporary trouble on our side is UNKNOWN.
 */
export const health = z.union([
  z.object({ state: z.literal('OK') }),
  z.object({ state: z.literal('UNKNOWN') }),
  z.object({ state: z.literal('UNHEALTHY'), message: z.string(), cta_type: z.literal('REINSTALL_CTA') }),
  z.object({
    state: z.literal('UNHEALTHY'),
    message: z.string(),
    cta_type: z.literal('URL_CTA'),
    cta_label: z.string(),
    cta_url: z.string(),
  }),
]);
export type Health = z.infer<typeof health>;

/** The facts that decide; null for a workspace that has not installed the app. */
export type Signs = {
  installed: boolean;
  hasToken: boolean;
  missingScopes: string[];
  /** What Intercom said when it refused calls that have not worked since. */
  refused: { at: Date; words: string }[];
  outages: { service: Pause; since: Date | null; error: string | null }[];
};

/** Intercom's limit for texts and addresses. */
const longest = 2_084;
/** A platform that is down for minutes is not worth showing in Intercom. */
const patienceMs = hourMs;

export function healthOf(signs: Signs | null, now: Date, connectUrl: string): Health {
  if (signs === null || !signs.installed)
    return reinstall('Referral Desk is not installed in this workspace. Install it to see referrals.');
  const refused = signs.outages.some(({ service, since }) => service === 'token' && since !== null);
  if (!signs.hasToken || refused)
    return reinstall(
      'Intercom no longer accepts the access that was granted to Referral Desk. Install it again.',
    );
  if (signs.missingScopes.length > 0)
    return reinstall(
      `Referral Desk lacks permissions: ${signs.missingScopes.join(', ')}. Install it again to grant them.`,
    );
  const [refusal] = refusalsOf(signs, now);
  if (refusal)
    return reinstall(
      `Intercom refuses access that Referral Desk needs. ${refusal.words}. Install it again to renew it.`,
    );
  const platform = signs.outages.find(({ service }) => service === 'platform');
  if (platform?.since && now.getTime() - platform.since.getTime() > patienceMs) {
    return {
      state: 'UNHEALTHY',
      message: cut(`The referral platform cannot be reached: ${platform.error ?? 'it does not answer'}.`),
      cta_type: 'URL_CTA',
      cta_label: 'Check the connection',
      cta_url: connectUrl,
    };
  }
  return { state: 'OK' };
}

/** Oldest first. What was not tried for a day may work by now. */
export function refusalsOf({ refused }: Pick<Signs, 'refused'>, now: Date): Signs['refused'] {
  return refused
    .filter(({ at }) => now.getTime() - at.getTime() < dayMs)
    .toSorted((left, right) => left.at.getTime() - right.at.getTime());
}

export function isSameHealth(first: Health, second: Health | null): boolean {
  const normalized = (health: Health) => JSON.stringify(Object.entries(health).toSorted());
  return second !== null && normalized(first) === normalized(second);
}

function reinstall(message: string): Health {
  return { state: 'UNHEALTHY', message: cut(message), cta_type: 'REINSTALL_CTA' };
}

function cut(message: string): string {
  return message.slice(0, longest).toWellFormed();
}
