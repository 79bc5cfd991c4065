// Tools that convert a lead to a user: the card's own preview and conversion, without its screens.
import { z } from 'zod';
import type { InboxView } from '../../../canvas/view.ts';
import { emailKey } from '../../domain/identity.ts';
import { confirmMerge, confirmRoleChange, previewConversion } from '../card/conversion.ts';
import type { Subject } from '../card/conversion-views.ts';
import { readVisit } from '../card/visit.ts';
import { changeOnce, confirmationInput } from './change-guard.ts';
import { confirmed, previewed } from './change-tools.ts';
import { type ToolCall, ToolRefusal, tool } from './tool.ts';
import { contactId } from './tool-shapes.ts';

const text = z.string().nullable();

const conversionInput = {
  contact_id: contactId.describe('ID of the lead in Intercom.'),
  into_user_id: contactId
    .optional()
    .describe('ID of the user to merge into, from the preview. Required for a merge.'),
  external_id: z.string().trim().min(1).max(255).optional().describe('Your own ID for the new user.'),
  email: z.string().trim().max(320).optional().describe('For a lead without an email.'),
};
type Given = z.output<z.ZodObject<typeof conversionInput>>;

const argsOf = ({ contact_id, into_user_id, external_id, email }: Given) => ({
  contact_id,
  ...{ into_user_id: into_user_id ?? null, external_id: external_id ?? null, email: email ?? null },
});

const kinds = ['role_change', 'merge', 'choose_user', 'already_a_user', 'not_possible', 'not_now'] as const;
const reasons = [
  'external_channel',
  'refused_by_intercom',
  'not_a_lead',
  'gone',
  'nothing_shared',
  'archived_user',
  'no_such_user',
] as const;
const user = z.strictObject({ id: z.string(), name: text, email: text, external_id: text });

export const previewConversionTool = tool({
  name: 'preview_conversion',
  title: 'Preview a conversion',
  description:
    'Returns what converting a lead to a user in Intercom would do: change its role, or merge it into the user with the same email, and the result for each field. Changes nothing. If assistants can make changes, returns a confirmation for convert_lead.',
  hints: { outside: true },
  input: conversionInput,
  output: {
    ...previewed,
    kind: z.enum(kinds),
    reason_code: z.enum(reasons).nullable(),
    needs_email: z.boolean().describe('The lead has no email. Give an email or an external_id.'),
    users: z.array(user).describe('The user to merge into, or the users to choose from.'),
    fields: z.array(
      z.strictObject({
        field: z.string(),
        lead: text,
        user: text,
        outcome: z.enum(['kept', 'filled', 'discarded']),
      }),
    ),
    moves: z.array(z.string()),
    referrals: z.int().describe('Number that move to the user.'),
  },
  async run(call, given) {
    const subject = await subjectOf(call, given.contact_id);
    const view = await previewConversion(call.ctx, subject, given.into_user_id);
    const shown = toldView(view, given);
    const { teammate, readsOnly } = call.caller;
    const mayConvert = shown.allowed && teammate !== null && readsOnly === null;
    // It holds for this user alone, also if the email has moved by then.
    const into_user_id = shown.kind === 'merge' ? shown.users[0]?.id : given.into_user_id;
    const preview = confirmed(call, 'convert_lead', argsOf({ ...given, into_user_id }), shown);
    return {
      ...shown,
      confirmation: mayConvert ? preview.confirmation : null,
      expires_in_seconds: preview.expires_in_seconds,
      referrals: subject.referrals,
    };
  },
});

/** The contact as Intercom has it, with what the program knows of it. Throws a ToolRefusal when it is gone. */
async function subjectOf({ ctx, caller }: ToolCall, id: string): Promise<Subject> {
  const { workspaceId, timeZone, actor } = caller;
  const contact = await ctx.intercom.agents.contacts.read(workspaceId, id);
  if (contact === null) throw new ToolRefusal('not_found', 'Contact not found in Intercom.');
  const { role, email, phone, name, externalId } = contact;
  const known = { id: contact.id, role, email, phone, name, externalId };
  const found = await readVisit(ctx, {
    ...{ workspaceId, teammate: null, channel: null, facts: () => null, contact: known },
  });
  const people = !('screen' in found) && found.match.outcome === 'matched' ? found.people : [];
  return {
    ...{ workspaceId, timeZone, contact: known, channel: null },
    // The history and the note in Intercom say through what it was done.
    teammate: { id: actor.id, name: actor.name, email: caller.teammate?.email ?? '' },
    personIds: people.map((person) => person.id),
    referrals: people.flatMap((person) => person.referrals).length,
  };
}

type Told = {
  allowed: boolean;
  why_not: string | null;
  effects: string[];
  kind: (typeof kinds)[number];
  reason_code: (typeof reasons)[number] | null;
  needs_email: boolean;
  users: z.infer<typeof user>[];
  fields: {
    field: string;
    lead: string | null;
    user: string | null;
    outcome: 'kept' | 'filled' | 'discarded';
  }[];
  moves: string[];
};

const nothing = {
  allowed: false,
  why_not: null,
  effects: [],
  reason_code: null,
  needs_email: false,
  users: [],
  fields: [],
  moves: [],
};

function toldView(view: InboxView, { into_user_id, external_id, email }: Given): Told {
  switch (view.screen) {
    case 'preview-role-change': {
      if (into_user_id !== undefined) return { ...nothing, kind: 'not_possible', ...refused('no_such_user') };
      const needs_email = view.form.email.shown;
      const allowed = !needs_email || external_id !== undefined || emailKey(email) !== null;
      const effects = ['The lead becomes a user in Intercom. Its conversations and referrals stay with it.'];
      const why_not = allowed ? null : 'This lead has no email. Give an email or an external_id.';
      return { ...nothing, kind: 'role_change', allowed, why_not, effects, needs_email };
    }
    case 'preview-merge': {
      const users = [toldUser(view.user)];
      const more = { ...nothing, kind: 'merge' as const, users, fields: view.fields, moves: view.moves };
      // Only a teammate, who sees both, decides that two contacts without anything in common are one person.
      if (!view.sharesIdentifier) return { ...more, ...refused('nothing_shared') };
      const effects = ['The lead is merged into this user and deleted. This cannot be undone.'];
      return { ...more, allowed: true, effects };
    }
    case 'choose-user':
      return {
        ...nothing,
        kind: 'choose_user',
        users: view.users.map(toldUser),
        why_not: 'Several users have this email. Give into_user_id.',
      };
    case 'converted':
      return { ...nothing, kind: 'already_a_user', why_not: 'This contact is already a user.' };
    case 'archived-match':
      return { ...nothing, kind: 'not_possible', ...refused('archived_user') };
    case 'cannot-convert':
      return { ...nothing, kind: 'not_possible', ...refused(reasonCodes[view.reason.because]) };
    default:
      return {
        ...nothing,
        kind: 'not_now',
        why_not: 'Intercom is not responding. Try again later. Try again in a minute.',
      };
  }
}

const reasonCodes = {
  'external-channel': 'external_channel',
  refused: 'refused_by_intercom',
  'not-a-lead': 'not_a_lead',
  gone: 'gone',
} as const;

const reasonWords: Record<(typeof reasons)[number], string> = {
  external_channel: 'Leads of this channel cannot be merged.',
  refused_by_intercom: 'Intercom does not allow it. See the lead’s card in the Inbox for the reason.',
  not_a_lead: 'Only a lead can become a user.',
  gone: 'The contact no longer exists in Intercom.',
  nothing_shared: 'They share neither email nor phone. Merge them from the card in the Inbox.',
  no_such_user: 'User to merge into not found. Preview again without into_user_id.',
  archived_user: 'This email belongs to an archived user. Unarchive it from the card in the Inbox first.',
};
const refused = (reason_code: (typeof reasons)[number]) => ({
  reason_code,
  why_not: reasonWords[reason_code],
});

const toldUser = (side: {
  id: string;
  name: string | null;
  email: string | null;
  externalId: string | null;
}) => ({
  ...{ id: side.id, name: side.name, email: side.email, external_id: side.externalId },
});

const result = z.object({
  outcome: z.enum(['converted', 'merged', 'already_a_user', 'under_way']),
  contact_id: z.string(),
});

export const convertLead = tool({
  name: 'convert_lead',
  title: 'Convert a lead',
  description:
    'Converts a lead to a user in Intercom, or merges it into the user with the same email. This cannot be undone. Needs a confirmation from preview_conversion.',
  access: 'change',
  needsTeammate: true,
  hints: { destructive: true, outside: true },
  input: { ...conversionInput, ...confirmationInput },
  output: result.shape,
  async run(call, { confirmation, idempotency_key, ...given }) {
    const once = { confirmation, idempotency_key };
    const done = await changeOnce(call, 'convert_lead', argsOf(given), once, async (nonce) => {
      const subject = await subjectOf(call, given.contact_id);
      const preview = await previewConversion(call.ctx, subject, given.into_user_id);
      if (preview.screen === 'converted') return outcomeOf(preview);
      const isOther = preview.screen === 'preview-merge' && preview.user.id !== given.into_user_id;
      if (isOther || !toldView(preview, given).allowed) throw changedMeanwhile;
      return outcomeOf(await convert(call, subject, preview, given, nonce));
    });
    return result.parse(done);
  },
});

const changedMeanwhile = new ToolRefusal('changed', 'It has changed since its preview. Preview it again.');

function convert(
  { ctx }: ToolCall,
  subject: Subject,
  preview: InboxView,
  { external_id, email }: Given,
  nonce: string,
): Promise<InboxView> {
  if (preview.screen === 'preview-merge') return confirmMerge(ctx, subject, nonce, preview.user.id, false);
  return confirmRoleChange(ctx, subject, nonce, {
    ...(external_id === undefined ? {} : { external_id }),
    ...(email === undefined ? {} : { email }),
  });
}

function outcomeOf(view: InboxView): z.infer<typeof result> {
  if (view.screen === 'converting') return { outcome: 'under_way', contact_id: view.contact.id };
  if (view.screen !== 'converted') throw changedMeanwhile;
  const outcomes = {
    'role-change': 'converted',
    merge: 'merged',
    'already-a-user': 'already_a_user',
  } as const;
  return { outcome: outcomes[view.how], contact_id: view.contact.id };
}
