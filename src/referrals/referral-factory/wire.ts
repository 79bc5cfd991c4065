// Parses what Referral Factory's API v2 sends (https://developers.referral-factory.com/) into the app's own types.

import { z } from 'zod';
import { emailKey, tidy } from '../../domain/identity.ts';
import type { PlatformCampaign, PlatformPerson } from '../../domain/platforms/platform.ts';
import type { PlatformReward } from '../../domain/platforms/platform-reward.ts';
import { momentOf } from '../../domain/time.ts';
import { Failure } from '../../failure.ts';

// A number in one place and text in another.
export const id = z.union([z.string().min(1).max(255), z.int()]).transform(String);
/** Removes what PostgreSQL cannot store. */
const storable = (written: string) => written.replaceAll('\0', '').toWellFormed();
const text = z.string().transform(storable).nullish().catch(null);
/** Only web addresses: others could inject a script where they are shown as a link. */
const webAddress = text.transform((written) =>
  written && /^https?:$/.test(URL.parse(written)?.protocol ?? '') ? written : null,
);
/** Both formats occur: `2026-03-02 10:15:00`, which is UTC, and ISO. */
const moment = z
  .string()
  .transform((written) => momentOf(written))
  .refine((at) => at !== null, 'is not a time');

const user = z.object({
  id,
  campaign_id: id,
  referrer_id: id.nullish(),
  first_name: text,
  email: text,
  code: z.string().min(1),
  url: webAddress,
  type: z.enum(['person_referring', 'person_invited']),
  signed_up_at: moment.nullish().catch(null),
  // No fallback: treating an unreadable time as absent would turn a qualified referral into a pending one.
  qualified_at: moment.nullish(),
  // The company's own fields of its forms.
  meta: z
    .array(z.object({ field: z.string(), value: z.unknown() }).nullable().catch(null))
    .nullish()
    .catch(null),
});

const scalar = z.union([z.string(), z.number(), z.boolean()]);
/** Parsed above, or useless to a mapping: a contact should not store an IP address. */
const notExtra = new Set([...Object.keys(user.shape), 'ip', 'reach']);
const maxFields = 50;

const campaign = z.object({
  id,
  name: z.string().min(1).max(1000),
  url: webAddress.transform((address) => address ?? ''),
});

const due = z.object({ recipient_id: id });

const dueReward = due.extend({
  id,
  count: z.coerce.number().int().min(0).nullish().catch(null),
  total: z
    .union([z.string().max(50).transform(storable), z.number().transform(String)])
    .nullish()
    .catch(null),
  coupon: text,
  can_be_issued: z.unknown(),
});

const paged = z.object({
  // The page size that we request.
  data: z.array(z.unknown()).max(250),
  meta: z.object({ current_page: z.int() }).nullish().catch(null),
  links: z.object({ next: text }).nullish().catch(null),
});

const errorBody = z.object({
  message: text,
  errors: z
    .record(z.string(), z.array(z.object({ field: text, message: z.string() })))
    .nullish()
    .catch(null),
});

export function readUser(data: unknown): PlatformPerson {
  const body = parse(user, unwrapped(data), 'user');
  return {
    platformId: body.id,
    campaignId: body.campaign_id,
    role: body.type === 'person_invited' ? 'referred' : 'referrer',
    referrerId: body.referrer_id ?? null,
    email: emailKey(body.email),
    name: (body.first_name && tidy(body.first_name)) || null,
    code: body.code,
    link: body.url,
    // A person who was added by hand may never have signed up.
    joinedAt: body.signed_up_at ?? body.qualified_at ?? new Date(0),
    standing: body.qualified_at
      ? { status: 'qualified', at: body.qualified_at }
      : { status: 'pending', at: null },
    extra: extraOf(unwrapped(data), body.meta ?? []),
  };
}

/** Unparsed plain fields, after the company's own. */
function extraOf(
  data: unknown,
  meta: readonly ({ field: string; value?: unknown } | null)[],
): PlatformPerson['extra'] {
  const parsed = z.record(z.string(), z.unknown()).safeParse(data);
  const plain = Object.entries(parsed.success ? parsed.data : {}).filter(([name]) => !notExtra.has(name));
  const own = meta.flatMap((entry): [string, unknown][] => (entry ? [[entry.field, entry.value]] : []));
  const fields = [...own, ...plain].flatMap(([name, value]): [string, string | number | boolean][] => {
    const read = scalar.safeParse(value);
    const key = tidy(storable(name)).slice(0, 100);
    if (!read.success || key === '' || read.data === '') return [];
    return [[key, typeof read.data === 'string' ? storable(read.data.slice(0, 1000)) : read.data]];
  });
  return Object.fromEntries(fields.slice(0, maxFields).toReversed());
}

/** Null for an unreadable person: in a list, one malformed record must not hide all others. */
export function readListedUser(data: unknown): PlatformPerson | null {
  try {
    return readUser(data);
  } catch {
    return null;
  }
}

export function parseCampaign(data: unknown): PlatformCampaign {
  const body = parse(campaign, data, 'campaign');
  return { platformId: body.id, name: body.name, url: body.url };
}

export function readRecipient(data: unknown): string {
  return parse(due, data, 'reward').recipient_id;
}

/** Null for an unreadable one: in a list, one malformed record must not hide all others. */
export function readDueReward(data: unknown, kind: string): PlatformReward | null {
  const read = dueReward.safeParse(data).data;
  if (!read) return null;
  const { recipient_id: recipientId, count = null, total = null, coupon = null } = read;
  const canBeIssued = read.can_be_issued === true || read.can_be_issued === 1;
  return { id: read.id, recipientId, kind, count, total, coupon, canBeIssued };
}

export function readPage(data: unknown): { items: unknown[]; next: string | null } {
  const body = parse(paged, data, 'list');
  const next = body.links?.next ? String((body.meta?.current_page ?? 1) + 1) : null;
  return { items: body.data, next };
}

export function readError(data: unknown): { message: string | null; fields: Record<string, string> } {
  const read = errorBody.safeParse(data);
  if (!read.success) return { message: null, fields: {} };
  const fields = Object.entries(read.data.errors ?? {}).map(([field, problems]) => [
    field,
    problems.map((problem) => problem.message).join(' '),
  ]);
  return { message: read.data.message?.slice(0, 500) ?? null, fields: Object.fromEntries(fields) };
}

/** A record comes bare or, from other calls, under `data`. */
function unwrapped(data: unknown): unknown {
  const wrapped = z.object({ data: z.record(z.string(), z.unknown()) }).safeParse(data);
  return wrapped.success ? wrapped.data.data : data;
}

function parse<T>(schema: z.ZodType<T>, data: unknown, what: string): T {
  const read = schema.safeParse(data);
  if (read.success) return read.data;
  throw new Failure('bad-upstream', `Referral Factory sent a ${what} that cannot be read`, {
    cause: z.prettifyError(read.error),
  });
}
