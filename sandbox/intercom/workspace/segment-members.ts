// Who belongs to a segment.
import type { Contact, Segment, World } from '../../world.ts';

/** Segments have no rule of their own in the sandbox: each holds everybody of its kind, `contact` meaning leads. */
export function isMember(segment: Segment, contact: Contact): boolean {
  return segment.person_type === (contact.role === 'user' ? 'user' : 'contact');
}

/** The segments that a contact is in. */
export function segmentsOf(world: World, contact: Contact): Segment[] {
  return world.segments.all().filter((segment) => isMember(segment, contact));
}
