// Forgets contacts that were created so long ago that every search finds them.
import type { Context } from '../../context.ts';
import { forgetContactsCreatedBefore } from '../../store/contacts/created-contacts.ts';

const rememberedMs = 24 * 60 * 60_000;

export const forgetCreatedContacts = (ctx: Context): Promise<void> =>
  forgetContactsCreatedBefore(ctx.database.db, new Date(ctx.now().getTime() - rememberedMs));
