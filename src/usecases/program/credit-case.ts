// "Why no credit?" of a referral or of a person without one, for the card and the person's page.
import type { Context } from '../../context.ts';
import { emailKey } from '../../domain/identity.ts';
import type { MatchedBy } from '../../domain/program/contact-match.ts';
import {
  type CaseFacts,
  type CaseReferral,
  type Clicks,
  type CreditCase,
  creditCaseOf,
} from '../../domain/program/credit-case.ts';
import { clicksOnCodes, countedCode, rulesLooking, similarPeople } from '../../store/program/credit-case.ts';
import { uncountedJoinsOf } from '../../store/program/uncounted-joins.ts';
import { identitiesOf } from './uncounted-joins.ts';

type Asked = {
  contact: { email: string | null; externalId: string | null; name: string | null };
  /** The people that the contact is. */
  people: readonly { id: string; email: string | null; externalId: string | null }[];
  matchedBy: MatchedBy | null;
  /** The referral in question; null for a person without one. */
  referral: (Omit<CaseReferral, 'code' | 'rules'> & { id: string }) | null;
  refersIn: CaseFacts['refersIn'];
  timeZone: string;
};

export async function readCreditCase(
  ctx: Context,
  workspaceId: string,
  { contact, people, matchedBy, referral, refersIn, timeZone }: Asked,
): Promise<CreditCase> {
  const { db } = ctx.database;
  const identities = new Set([contact, ...people].flatMap(identitiesOf));
  const email = emailKey(contact.email);
  const [uncounted, counted, rules, similar] = await Promise.all([
    uncountedJoinsOf(db, workspaceId, {
      identities: [...identities],
      personIds: people.map(({ id }) => id),
    }),
    referral ? countedCode(db, workspaceId, referral.id) : null,
    referral ? rulesLooking(db, workspaceId, referral.id) : [],
    referral ? [] : similarPeople(db, workspaceId, email),
  ]);
  const codes = [...uncounted.map(({ code }) => code), ...(counted ? [counted.code] : [])];
  const clicks = await clicksOnCodes(db, workspaceId, [...new Set(codes)]);
  const clicksOn = (code: string): Clicks | null => clicks.get(code) ?? null;
  const facts: CaseFacts = {
    who: email ?? contact.externalId ?? contact.name ?? 'this contact',
    referral: referral && {
      ...referral,
      code: counted && { code: counted.code, referrer: counted, clicks: clicksOn(counted.code) },
      rules,
    },
    refersIn,
    uncounted: uncounted.map((use) => ({ ...use, clicks: clicksOn(use.code) })),
    match: { by: matchedBy, email, externalId: contact.externalId, similar },
  };
  return creditCaseOf(facts, timeZone);
}
