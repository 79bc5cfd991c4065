// What a teammate sees of a conversion: a preview read from Intercom, and the outcome.

import type { CardContact, InboxView, MergeSide, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import {
  type ContactRecord,
  mergeOutcome,
  movedAlong,
  type RoleChange,
  shareIdentifier,
  unmergeableChannel,
} from '../../domain/card/conversion.ts';
import { conflictsThatDecide } from '../../domain/card/merge-choice.ts';
import type { Contact, Teammate } from '../../domain/contacts/contact.ts';
import { emailKey } from '../../domain/identity.ts';
import type { Conversion } from '../../store/card/conversions.ts';
import { enabledRules } from '../../store/qualification/rules.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { survivorOf } from './conversion-records.ts';
import { type ConversionClient, type ConversionResult, choiceDigest } from './conversion-write.ts';

/** The contact to convert, from the Inbox, with what the program knows. */
export type Subject = {
  workspaceId: string;
  timeZone: string;
  teammate: Teammate;
  contact: Contact;
  /** The conversation's channel; leads of some channels cannot be merged. */
  channel: string | null;
  personIds: string[];
  referrals: number;
};

/** `intoUserId` is the user to merge into, from the teammate or a conflict. */
export async function previewView(
  ctx: Context,
  client: ConversionClient,
  subject: Subject,
  intoUserId?: string,
  notice?: Notice,
): Promise<InboxView> {
  const read = await client.contact(subject.contact.id);
  if (read.outcome === 'merged' && read.into !== null) return alreadyConverted(ctx, subject, read.into);
  if (read.outcome !== 'found') return cannotConvert(subject, { because: 'gone' });
  const lead = read.contact;
  if (lead.role === 'user') return alreadyConverted(ctx, subject, lead.id);

  const users = await usersFor(client, lead, intoUserId);
  const [user] = users;
  if (!user) return roleChangeView(ctx, subject, lead, notice);
  const channel = unmergeableChannel(lead, subject.channel);
  if (channel) return cannotConvert(subject, { because: 'external-channel', channel });
  const clock = { timeZone: subject.timeZone, asOf: ctx.now() };
  const more = { clock, ...(notice ? { notice } : {}) };
  if (users.length > 1) {
    return { screen: 'choose-user', lead: mergeSide(lead), users: users.map(mergeSide), ...more };
  }
  return {
    screen: 'preview-merge',
    lead: mergeSide(lead),
    user: mergeSide(user),
    ...(await mergeFields(ctx, client, subject, lead, user)),
    moves: movedAlong(lead, subject.referrals),
    nonce: ctx.newId(),
    sharesIdentifier: shareIdentifier(lead, user),
    ...more,
  };
}

async function mergeFields(
  ctx: Context,
  client: ConversionClient,
  { workspaceId, timeZone }: Subject,
  lead: ContactRecord,
  user: ContactRecord,
) {
  const hasOwner = lead.ownerId !== null || user.ownerId !== null;
  const [teammates, rules] = await Promise.all([
    // The preview is right without names, too.
    hasOwner ? client.teammateNames().catch(() => new Map<string, string>()) : new Map<string, string>(),
    enabledRules(ctx.database.db, workspaceId, ctx.now()),
  ]);
  const conflicts = conflictsThatDecide(lead, user, rules, timeZone);
  const chosen = conflicts.map(({ name }) => name);
  return {
    fields: mergeOutcome(lead, user, timeZone, { teammates, chosen }),
    choices: conflicts.map((each) => ({ ...each, digest: choiceDigest(lead, user, each.name) })),
  };
}

async function usersFor(
  client: ConversionClient,
  lead: ContactRecord,
  intoUserId?: string,
): Promise<ContactRecord[]> {
  if (intoUserId !== undefined) {
    const chosen = await client.contact(intoUserId);
    return chosen.outcome === 'found' && chosen.contact.role === 'user' ? [chosen.contact] : [];
  }
  const email = emailKey(lead.email);
  if (email === null) return [];
  const found = await client.usersByEmail(email);
  return found.filter(
    (user) => user.id !== lead.id && user.role === 'user' && emailKey(user.email) === email,
  );
}

export function roleChangeView(
  ctx: Context,
  { referrals }: Subject,
  { id, name, email }: Pick<Contact, 'id' | 'name' | 'email'>,
  notice?: Notice,
  tried?: RoleChange,
): InboxView {
  const field = (typed?: RoleChange['email']) => ({
    value: typed?.value ?? '',
    problem: typed?.problem ?? null,
  });
  return {
    screen: 'preview-role-change',
    contact: { id, role: 'lead', name, email },
    form: {
      email: { shown: emailKey(email) === null, ...field(tried?.email) },
      externalId: field(tried?.externalId),
    },
    nonce: ctx.newId(),
    referrals,
    ...(notice ? { notice } : {}),
  };
}

export async function resultView(
  ctx: Context,
  client: ConversionClient,
  subject: Subject,
  result: ConversionResult,
): Promise<InboxView> {
  switch (result.outcome) {
    case 'done':
      return result.ours
        ? convertedView(ctx, subject, result.conversion)
        : alreadyConverted(ctx, subject, survivorOf(result.conversion));
    case 'gone':
      return cannotConvert(subject, { because: 'gone' });
    case 'refused':
      return cannotConvert(subject, { because: 'refused', message: result.message });
    case 'conflict':
      return conflictView(ctx, client, subject, result);
    case 'changed': {
      const text = `${result.message} Nothing was changed.`;
      const intoUserId = result.intoUserId ?? undefined;
      return previewView(ctx, client, subject, intoUserId, { tone: 'problem', text });
    }
  }
}

async function conflictView(
  ctx: Context,
  client: ConversionClient,
  subject: Subject,
  { withId, archived, message }: Extract<ConversionResult, { outcome: 'conflict' }>,
): Promise<InboxView> {
  if (withId === null) return cannotConvert(subject, { because: 'refused', message });
  if (archived) {
    const read = await client.contact(withId);
    const user = read.outcome === 'found' ? read.contact : { id: withId, name: null, email: null };
    return {
      screen: 'archived-match',
      user: { id: user.id, name: user.name, email: user.email },
      email: subject.contact.email,
    };
  }
  const text = 'A user with these details already exists. Nothing was changed: compare both, then merge.';
  return previewView(ctx, client, subject, withId, { tone: 'problem', text });
}

export async function convertedView(
  ctx: Context,
  subject: Subject,
  conversion: Conversion,
): Promise<InboxView> {
  const { given, carried } = conversion;
  const id = survivorOf(conversion);
  const isMerge = id !== conversion.contactId;
  return {
    screen: 'converted',
    contact: { ...shown(subject), id, role: 'user', email: subject.contact.email ?? given.email },
    how: isMerge ? 'merge' : 'role-change',
    externalId: given.externalId,
    kept: Object.keys(given.keep ?? {}),
    carried: carried ?? { referrals: 0, referrers: 0 },
    contactUrl: isMerge ? await contactUrl(ctx, conversion.workspaceId, id) : null,
  };
}

async function alreadyConverted(ctx: Context, subject: Subject, survivor: string): Promise<InboxView> {
  const isMerged = survivor !== subject.contact.id;
  return {
    screen: 'converted',
    contact: { ...shown(subject), id: survivor, role: 'user' },
    how: 'already-a-user',
    externalId: null,
    kept: [],
    carried: { referrals: subject.referrals, referrers: 0 },
    contactUrl: isMerged ? await contactUrl(ctx, subject.workspaceId, survivor) : null,
  };
}

async function contactUrl(ctx: Context, workspaceId: string, contactId: string): Promise<string | null> {
  const installation = await findInstallation(ctx.database.db, workspaceId);
  return installation && ctx.hosts.contact(installation.region, workspaceId, contactId);
}

export function cannotConvert(
  subject: Subject,
  reason: Extract<InboxView, { screen: 'cannot-convert' }>['reason'],
): InboxView {
  return { screen: 'cannot-convert', contact: shown(subject), reason };
}

export function shown({ contact: { id, role, name, email } }: Subject): CardContact {
  return { id, role, name, email };
}

function mergeSide({ id, name, email, externalId, createdAt }: ContactRecord): MergeSide {
  return { id, name, email, externalId, createdAt };
}
