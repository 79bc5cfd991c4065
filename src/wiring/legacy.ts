// Parts of the app that are still objects built by factories. Each goes when its area becomes functions of the context.

import type { JobOf } from '../jobs/job.ts';
import type { Tx } from '../store/database.ts';
import type { createInstallationStore } from '../store/workspace/installations.ts';
import type { createSettingsStore } from '../store/workspace/settings.ts';
import type { Intercom as ConversionIntercom } from '../usecases/card/conversion-edges.ts';
import type { createConversionSettling } from '../usecases/card/conversion-settling.ts';
import type { Inbox } from '../usecases/card/inbox.ts';
import type { createContactDoing } from '../usecases/contacts/contact-doing.ts';
import type { Ensuring } from '../usecases/contacts/contact-ensuring-edges.ts';
import type { createBatchWork } from '../usecases/imports/batch-work.ts';
import type { ContactsJoining } from '../usecases/repair/contacts-joining.ts';
import type { createDrift } from '../usecases/repair/drift.ts';
import type { Audit } from '../usecases/workspace/audit.ts';

export type Legacy = {
  installations: ReturnType<typeof createInstallationStore>;
  settings: ReturnType<typeof createSettingsStore>;
  audit: Audit<Tx>;
  ensuring: Ensuring;
  bulkEnsuring: Ensuring;
  contactsJoining: ContactsJoining<Tx>;
  drift: ReturnType<typeof createDrift<Tx>>;
  doContact: ReturnType<typeof createContactDoing<Tx>>;
  settling: ReturnType<typeof createConversionSettling>;
  inPages: Record<
    JobOf<'work-in-pages'>['what'],
    (key: { workspaceId: string; id: string }) => Promise<void>
  >;
  importWork: ReturnType<typeof createBatchWork>;
  inbox: Inbox;
  /** Null when the workspace has no usable token. */
  intercomFor(workspaceId: string): Promise<Pick<ConversionIntercom, 'contact'> | null>;
};
