// A webhook notification as it looks on the wire: the envelope, and the dates that differ from the REST API's.
import { randomUUID } from 'node:crypto';

/** The envelope around a REST-shaped item; `nowMs` is the time of the change in Unix milliseconds. */
export function notification(
  workspaceId: string,
  topic: string,
  item: Record<string, unknown>,
  nowMs: number,
) {
  const now = Math.floor(nowMs / 1000);
  return {
    type: 'notification_event',
    app_id: workspaceId,
    data: { type: 'notification_event_data', item: itemOf(topic, item, nowMs) },
    links: {},
    id: `notif_${randomUUID()}`,
    topic,
    delivery_status: 'pending',
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: now,
    created_at: now,
    self: null,
  };
}

/** What Intercom sends to try an endpoint: no id, no status, nothing that has changed. */
export function ping(workspaceId: string, nowMs: number) {
  return {
    ...notification(workspaceId, 'ping', { type: 'ping', message: 'a ping from the sandbox' }, nowMs),
    id: null,
    delivery_status: null,
  };
}

// Published captures show ISO dates on contacts, companies and legacy users, but whole seconds on these.
const inSeconds = new Set<unknown>(['event', 'conversation', 'ticket']);
// The company's own values, which Intercom hands through as they are.
const notIntercoms = new Set(['custom_attributes', 'metadata']);

/**
 * Captured: a change of the email is dated in whole seconds, and in another notation, where the `contact.user.updated` of
 * the same write has milliseconds:
 * https://github.com/zulip/zulip/blob/main/zerver/webhooks/intercom/fixtures/conatct_email_updated.json
 */
function itemOf(topic: string, item: Record<string, unknown>, nowMs: number): unknown {
  const wire = onTheWire(item, nowMs);
  if (topic !== 'contact.email.updated' || typeof item.updated_at !== 'number') return wire;
  return { ...Object(wire), updated_at: new Date(item.updated_at * 1000).toISOString() };
}

function onTheWire(value: unknown, nowMs: number): unknown {
  if (Array.isArray(value)) return value.map((item) => onTheWire(item, nowMs));
  if (typeof value !== 'object' || value === null) return value;
  if ('type' in value && inSeconds.has(value.type)) return value;
  const wire: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (notIntercoms.has(name)) wire[name] = field;
    else if (name.endsWith('_at') && typeof field === 'number') wire[name] = isoDate(field, nowMs);
    else wire[name] = onTheWire(field, nowMs);
  }
  if (!isWholeContact(wire)) return wire;
  // No captured contact has the domain that the REST API shows.
  const { email_domain: _, ...contact } = wire;
  return { sms_consent: false, unsubscribed_from_sms: false, ...contact };
}

/** Notices of deletion and archiving carry no more of a contact than its ids. */
function isWholeContact(value: Record<string, unknown>): boolean {
  return value.type === 'contact' && 'role' in value;
}

/** The REST API has lost the milliseconds; for what has just happened they are still known. */
function isoDate(seconds: number, nowMs: number): string {
  const ms = seconds === Math.floor(nowMs / 1000) ? nowMs : seconds * 1000;
  return new Date(ms).toISOString().replace('Z', '+00:00');
}
