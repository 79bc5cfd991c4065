// Request and response shapes of contacts in /api/v1.
import { z } from 'zod';
import { doneOutcomes } from '../../../domain/contacts/contact-action.ts';
import {
  type IntercomContact,
  immediatePolicies,
  type OnDuplicate,
  onDuplicate,
} from '../../../domain/contacts/contact-draft.ts';
import { readPhone, readText } from '../../../domain/identity.ts';
import { readMoment, toSeconds } from '../../../domain/time.ts';
import { Failure } from '../../../failure.ts';
import { answer, resource } from '../resource.ts';
import { email, externalId, named, readBy, text } from '../schemas.ts';

export const contactId = z.string().regex(/^[\w-]{1,255}$/);
/** Intercom's limit for a text. */
export const line = text(255);
export const phone = readBy(readPhone, 100);
export const tagName = readBy(readText, 1_000);
/** ISO 8601, or Unix seconds as in Intercom's API; `momentIn` reads it. */
export const when = z.union([z.string().max(100), z.number()]).superRefine((given, context) => {
  const read = readMoment(given);
  if ('problem' in read) context.addIssue({ code: 'custom', message: read.problem });
});

/** A day, or a time without an offset, is in the workspace's time zone. Throws a Failure `invalid`. */
export function momentIn(timeZone: string, given: string | number): Date {
  const read = readMoment(given, { timeZone });
  if ('problem' in read) throw new Failure('invalid', `${given} ${read.problem}`);
  return read.at;
}

export const companyGiven = z.strictObject({
  id: externalId.describe('Your own company ID.'),
  name: line.optional(),
  create: z.boolean().default(false).describe('Create the company if it does not exist.'),
});

/** A larger one has lost digits, or has none to lose: 1e21. */
const attributeNumber = z
  .number()
  .refine(
    (given) => Math.abs(given) <= Number.MAX_SAFE_INTEGER,
    'must be text, because a number loses digits',
  );
const ownerId = z.union([line, z.int().min(0).transform(String)]).describe('A teammate.');
const avatar = text(2_000).pipe(z.url({ protocol: /^https?$/ }));
const common = {
  email: email.optional(),
  external_id: externalId.optional(),
  unsubscribed_from_emails: z.boolean().optional(),
  signed_up_at: when.optional().describe('Omitted for leads: Intercom keeps no sign-up date for them.'),
  custom_attributes: z
    .record(line, z.union([line, attributeNumber, z.boolean(), z.null()]))
    .refine((given) => Object.keys(given).length <= 250, 'Intercom accepts 250 at most')
    .optional()
    .describe('They must exist in Intercom.'),
  email_verified: z.literal(true).optional().describe('Only if you verified the email. Requires an email.'),
};

const duplicateChoice = z.strictObject({
  policy: z.enum(immediatePolicies),
  lead_where_user_wanted: onDuplicate.shape.lead_where_user_wanted.default('convert'),
  archived: onDuplicate.shape.archived.default('report'),
});
const onDuplicateGiven = z
  .union([duplicateChoice.shape.policy, duplicateChoice])
  .transform(
    (given): OnDuplicate => duplicateChoice.parse(typeof given === 'string' ? { policy: given } : given),
  )
  .describe(
    'If the contact exists. Default: a 409 with its id. "nothing" uses the contact as it is, ' +
      '"fill" fills empty fields, "update" replaces what differs.',
  );

const verifiedAlone = { path: ['email_verified'], message: 'goes with an email' };
const hasEmailToVerify = (given: { email_verified?: true | undefined; email?: string | undefined }) =>
  given.email_verified === undefined || given.email !== undefined;

export const contactGiven = z
  .strictObject({
    role: z.enum(['user', 'lead']),
    ...common,
    name: line.optional(),
    phone: phone.optional(),
    owner_id: ownerId.optional(),
    avatar: avatar.optional(),
    language_override: line.optional(),
    company: companyGiven.optional(),
    tags: z.array(tagName).max(50).default([]),
    on_duplicate: onDuplicateGiven.optional(),
  })
  .refine((given) => given.role === 'lead' || given.email !== undefined, {
    path: ['email'],
    message: 'is required for a user',
  })
  .refine(hasEmailToVerify, verifiedAlone)
  .transform(({ role, tags, company, on_duplicate, ...rest }) => {
    const { customAttributes = {}, ...fields } = renamed<never>(rest);
    const draft = { role, ...fields, customAttributes, company, tags: [...new Set(tags)] };
    return { draft, on: on_duplicate ?? null };
  })
  .register(named, {
    id: 'ContactGiven',
    examples: [
      {
        role: 'lead',
        email: 'dana@example.com',
        name: 'Dana Reed',
        custom_attributes: { plan: 'pro' },
        on_duplicate: 'fill',
      },
    ],
  });

export const contactChanges = z
  .strictObject({
    ...common,
    name: line.nullish(),
    phone: phone.nullish(),
    owner_id: ownerId.nullish(),
    avatar: avatar.nullish(),
    language_override: line.nullish(),
  })
  .refine(
    (given) => Object.values(given).some((value) => value !== undefined),
    'must change at least one field',
  )
  .refine(hasEmailToVerify, verifiedAlone)
  .transform((given) => renamed<null>(given))
  .register(named, {
    id: 'ContactChanges',
    description: 'Omitted fields stay unchanged; null clears a field.',
    examples: [{ phone: '+353 1 555 0100', custom_attributes: { plan: null } }],
  });

type Common = z.output<z.ZodObject<typeof common>>;
type OneLine = 'phone' | 'name' | 'owner_id' | 'avatar' | 'language_override';

/** With the moment of the sign-up read. */
export function fieldsIn<T extends { signedUpAt?: string | number | undefined }>(timeZone: string, given: T) {
  const { signedUpAt } = given;
  return { ...given, signedUpAt: signedUpAt === undefined ? undefined : momentIn(timeZone, signedUpAt) };
}

/** From Intercom's names to ours. `Empty` is null when a field can be cleared. */
function renamed<Empty>(given: Common & { [K in OneLine]?: string | Empty | undefined }) {
  return {
    email: given.email,
    phone: given.phone,
    name: given.name,
    externalId: given.external_id,
    ownerId: given.owner_id,
    avatarUrl: given.avatar,
    unsubscribed: given.unsubscribed_from_emails,
    language: given.language_override,
    signedUpAt: given.signed_up_at,
    emailVerified: given.email_verified,
    customAttributes: given.custom_attributes,
  };
}

const unixSeconds = z.int().min(0).describe('Unix seconds.');

export const secondsOf = (at: Date | null) => (at === null ? null : toSeconds(at));

export function contactSource({ avatarUrl, unsubscribed, createdAt, signedUpAt, ...rest }: IntercomContact) {
  return {
    ...rest,
    type: 'contact' as const,
    avatar: avatarUrl,
    unsubscribedFromEmails: unsubscribed,
    createdAt: secondsOf(createdAt),
    signedUpAt: secondsOf(signedUpAt),
  };
}

export const contact = resource('Contact', {
  description: 'A contact, as it is in Intercom now.',
  fields: {
    id: z.string(),
    type: z.literal('contact'),
    role: z.enum(['user', 'lead']),
    email: z.string().nullable(),
    external_id: z.string().nullable(),
    name: z.string().nullable(),
    phone: z.string().nullable(),
    owner_id: z.string().nullable(),
    avatar: z.string().nullable(),
    unsubscribed_from_emails: z.boolean(),
    created_at: unixSeconds.nullable(),
    signed_up_at: unixSeconds.nullable(),
    custom_attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  },
  sourceOf: contactSource,
});

const runId = z.guid().describe('The run. /api/v1/runs/ID shows its progress; /retry tries it now.');

/** The result of a contact action, or the run that continues it. */
export const actedUpon = answer(
  z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('contact'),
        id: z.string().nullable(),
        role: z.enum(['user', 'lead']).nullable(),
        name: z.string().nullable(),
        email: z.string().nullable(),
        external_id: z.string().nullable(),
        created_at: unixSeconds.nullable(),
        outcome: z.enum(doneOutcomes).describe('"linked": the contact existed, and nothing was written.'),
        why: z.string(),
        run_id: runId,
      }),
      z.strictObject({
        type: z.literal('run'),
        run_id: runId,
        waits: z.string().nullable().describe('The last problem, if it is not done yet.'),
      }),
    ])
    .register(named, {
      id: 'ContactActedUpon',
      examples: [
        {
          type: 'contact',
          id: '667d60ac8a68186f43bafdbb',
          role: 'lead',
          name: 'Dana Reed',
          email: 'dana@example.com',
          external_id: null,
          created_at: 1_700_000_000,
          outcome: 'created',
          why: 'A new lead',
          run_id: '0a9c3f4e-2a51-4a0e-8f1c-3d7b7f6d9a11',
        },
      ],
    }),
);
