// Forgets contacts that were created so long ago that every search finds them, and reservations of that age.
import type { Context } from '../../context.ts';
import { forgetReservationsBefore } from '../../store/contacts/contact-reservations.ts';
import { forgetContactsCreatedBefore } from '../../store/contacts/created-contacts.ts';

const rememberedMs = 24 * 60 * 60_000;

export async function forgetCreatedContacts(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - rememberedMs);
  await forgetContactsCreatedBefore(ctx.database.db, before);
  await forgetReservationsBefore(ctx.database.db, before);
}
