// Which person a Referral Factory webhook is about. Its payload is not published, and each account can rename fields.

import { z } from 'zod';
import { emailKey } from '../../domain/identity.ts';
import type { PersonHint } from '../../domain/platforms/platform.ts';
import { id } from './wire.ts';

/** Text that PostgreSQL cannot store is not a hint. */
const plain = id.refine((text) => text.length <= 320 && text.isWellFormed() && !text.includes('\0'));
const field = plain.nullish().catch(null);
const hint = z.object({ id: field, user_id: field, code: field, email: field, campaign_id: field });

/** The person may be at the top or one level down, next to their referrer, who is a different person. */
const nested = ['user', 'lead', 'data', 'person'] as const;

/** Null when no person can be identified: a poll will find the change. */
export function parseHook(body: unknown): PersonHint | null {
  const top = z.record(z.string(), z.unknown()).safeParse(body);
  if (!top.success) return null;
  for (const place of [...nested.map((name) => top.data[name]), top.data]) {
    const found = hintIn(place);
    if (found) return found;
  }
  return null;
}

function hintIn(place: unknown): PersonHint | null {
  const read = hint.safeParse(place);
  if (!read.success) return null;
  const fields = read.data;
  const platformId = fields.user_id ?? fields.id;
  if (platformId) return { id: platformId };
  if (fields.code) return { code: fields.code };
  const email = emailKey(fields.email);
  return email !== null && fields.campaign_id ? { email, campaignId: fields.campaign_id } : null;
}
