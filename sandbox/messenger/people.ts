// Who can look at the Messenger: users, leads and visitors, as Canvas Kit requests show them.
import { survivingContact } from '../inbox/people.ts';
import { newestVersion } from '../intercom/call.ts';
import { contactJson } from '../intercom/contacts/contact-json.ts';
import { settingsOf } from '../settings.ts';
import type { World } from '../world.ts';

/** The person as `contact` or `user` of a request; undefined when there is none with this id. */
export function endUserJson(world: World, id: string): Record<string, unknown> | undefined {
  const contact = survivingContact(world, id);
  if (contact) return contactJson(world, contact, newestVersion);
  const visitor = world.visitors.get(id);
  if (!visitor) return undefined;
  const known = {
    workspace_id: world.workspace.id,
    email: visitor.email,
    phone: null,
    name: visitor.name,
    created_at: visitor.created_at,
    updated_at: visitor.updated_at,
    custom_attributes: visitor.custom_attributes,
  };
  // Nothing documents it. What tells a visitor, and whether its made-up id stands where a user's own would, varies here.
  return settingsOf(world).visitor_mark === 'type'
    ? { type: 'visitor', id: visitor.id, external_id: null, ...known }
    : { type: 'contact', id: visitor.id, role: 'visitor', external_id: visitor.user_id, ...known };
}
