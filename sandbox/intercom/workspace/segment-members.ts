// Who belongs to a segment.
import type { Contact, Segment, World } from '../../world.ts';

/** Segments have no rule in the sandbox: each holds all contacts of its kind, `contact` meaning leads. */
export function isMember(segment: Segment, contact: Contact): boolean {
  return segment.person_type === (contact.role === 'user' ? 'user' : 'contact');
}

/** The segments that a contact is in. */
export function segmentsOf(world: World, contact: Contact): Segment[] {
  return world.segments.all().filter((segment) => isMember(segment, contact));
}
