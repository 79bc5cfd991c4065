// What acting upon contacts needs of the outside. Declared here, made elsewhere.
import type { ContactAction } from '../../domain/contacts/contact-action.ts';
import type { IntercomContact } from '../../domain/contacts/contact-draft.ts';
import type { Attached, EnsuringIntercom } from './contact-ensuring-edges.ts';

type Of<D extends ContactAction['do']> = Extract<ContactAction, { do: D }>;

export type Visitor =
  | { outcome: 'converted'; contact: IntercomContact }
  /** There is no such visitor, or no such user to go up in. */
  | { outcome: 'gone'; message: string }
  | { outcome: 'conflict'; id: string | null; message: string };

/** Each rejects with a Failure; contacts that were merged are followed. */
export interface ActingIntercom
  extends Pick<
    EnsuringIntercom,
    'update' | 'read' | 'findByExternalId' | 'search' | 'unarchive' | 'addTag' | 'attachCompany'
  > {
  removeTag(workspaceId: string, contactId: string, tag: string): Promise<Attached>;
  /** The latest fifty, newest first, as HTML. Null when the contact is gone. */
  notes(workspaceId: string, contactId: string): Promise<{ body: string; createdAt: Date }[] | null>;
  addNote(
    workspaceId: string,
    contactId: string,
    note: Pick<Of<'note'>, 'body' | 'adminId'>,
  ): Promise<Attached>;
  trackEvent(workspaceId: string, event: Omit<Of<'event'>, 'do'>): Promise<Attached>;
  archive(workspaceId: string, contactId: string): Promise<Attached>;
  /** For good. */
  remove(workspaceId: string, contactId: string): Promise<Attached>;
  convertVisitor(workspaceId: string, conversion: Omit<Of<'convert-visitor'>, 'do'>): Promise<Visitor>;
}
