// What an administrator does to a person from the console, by the same rules as on the card: changes of status, conversion.
import type { Action } from '../../../canvas/action.ts';
import type { InboxView } from '../../../canvas/view.ts';
import { type Contact, foldEmail, type Teammate } from '../../domain/contacts/contact.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import { Failure } from '../../failure.ts';
import type { Intercom } from '../card/conversion-edges.ts';
import type { Inbox } from '../card/inbox.ts';
import type { ChangeOutcome, TeammateChange, TeammateChanges } from '../program/teammate-change.ts';
import {
  changeable,
  contactOf,
  type PersonPageDeps,
  type PersonReferral,
  type StoredPage,
} from './person-page.ts';

/** Who acts, and where. */
export type Actor = { workspaceId: string; timeZone: string; teammate: Teammate };

export type AskedChange = {
  person: StoredPage['person'];
  referral: PersonReferral;
  /** Makes the confirm single, however often it is sent. */
  nonce: string;
  /** The outside platform that cannot store the new status, by name; null where it can. */
  keptHereNot: string | null;
  /** Why it cannot be done, as a sentence. */
  refused: string | null;
};

export type PersonActingDeps = {
  read: PersonPageDeps['read'];
  changes: TeammateChanges;
  /** Null when the workspace has no usable token. */
  intercomFor(workspaceId: string): Promise<Pick<Intercom, 'contact'> | null>;
  /** Those that Intercom's search finds. Rejects with a Failure when Intercom does not answer. */
  leadsWith(workspaceId: string, email: string): Promise<readonly SeenContact[]>;
  inbox: Pick<Inbox, 'press'>;
  newId(): string;
};

export type PersonActing = ReturnType<typeof createPersonActing>;

/** The buttons of a conversion's screens: no other is pressed from there. */
const ofConversions: readonly Action['do'][] = [
  'start-conversion',
  'preview-merge',
  'confirm-role-change',
  'confirm-merge',
  'unarchive',
];

export function createPersonActing(deps: PersonActingDeps) {
  async function ask(
    { workspaceId }: Actor,
    personId: string,
    referralId: string,
    change: TeammateChange,
  ): Promise<AskedChange> {
    const { person, referral } = await find(workspaceId, personId, referralId);
    const refused = await deps.changes.refusal({ workspaceId, referral: changeable(referral) }, change);
    const keptHereNot = deps.changes.cannotStore(referral.campaign.platform, change);
    return { person, referral, nonce: deps.newId(), keptHereNot, refused };
  }

  async function confirm(
    { workspaceId, timeZone, teammate }: Actor,
    personId: string,
    referralId: string,
    wanted: { change: TeammateChange; nonce: string; reason: string },
  ): Promise<ChangeOutcome> {
    const { person, referral } = await find(workspaceId, personId, referralId);
    const target = {
      ...{ workspaceId, timeZone, teammate, personId, contactId: person.contactId },
      referral: changeable(referral),
    };
    return deps.changes.confirm(target, { ...wanted, where: 'in the console' });
  }

  /**
   * A press on a conversion's screen, or the one that begins it; answers the next screen, null for a button of any other
   * screen. Throws a Failure: `not-found`, or `conflict` for somebody of whom Intercom has no lead, or several.
   */
  async function convert(
    { workspaceId, teammate }: Actor,
    personId: string,
    action: Action | null,
    inputs: Record<string, string>,
  ): Promise<InboxView | null> {
    const stored = await read(workspaceId, personId);
    if (action === null || !ofConversions.includes(action.do)) return null;
    const known = contactOf(stored);
    const contact = known
      ? await contactNow(workspaceId, known)
      : await leadOf(workspaceId, foldEmail(stored.person.email));
    return deps.inbox.press({ workspaceId, teammate, contact, channel: null, action, inputs });
  }

  /** As Intercom has it; where it cannot be asked, the conversion itself will say so. */
  async function contactNow(workspaceId: string, known: Contact): Promise<Contact> {
    try {
      const answer = await (await deps.intercomFor(workspaceId))?.contact(known.id);
      if (answer?.outcome === 'found') return answer.contact;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
    return { ...known, role: 'lead' };
  }

  /** Of somebody who is not linked to a contact yet. */
  async function leadOf(workspaceId: string, email: string | null): Promise<Contact> {
    const leads = email === null ? [] : await deps.leadsWith(workspaceId, email);
    const [lead] = leads;
    if (!lead) throw new Failure('conflict', 'Intercom has no lead with this email.');
    if (leads.length > 1) {
      const why =
        'Intercom has several leads with this email. Convert the right one on its card in the Inbox.';
      throw new Failure('conflict', why);
    }
    const { id, name, externalId } = lead;
    return { id, name, externalId, email: lead.email, role: 'lead', phone: null };
  }

  async function read(workspaceId: string, personId: string): Promise<StoredPage> {
    const stored = await deps.read(workspaceId, personId);
    if (!stored) throw new Failure('not-found', 'There is no such person.');
    return stored;
  }

  async function find(workspaceId: string, personId: string, referralId: string) {
    const { person, referrals } = await read(workspaceId, personId);
    const referral = referrals.find((one) => one.id === referralId);
    if (!referral) throw new Failure('not-found', 'This person has no such referral.');
    return { person, referral };
  }

  return { ask, confirm, convert };
}
