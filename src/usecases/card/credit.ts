// Credit by hand: a teammate adds an unknown contact as a referral from the card, and can undo it while nothing was paid.
import { inputIds } from '../../../canvas/action.ts';
import type { InboxView, Notice } from '../../../canvas/view.ts';
import type { Context } from '../../context.ts';
import { allows } from '../../domain/campaigns/campaign-state.ts';
import { emailKey } from '../../domain/identity.ts';
import { isOutside } from '../../domain/platforms/platform.ts';
import { type Campaign, identityKey, type Referrer } from '../../domain/program/program.ts';
import { type NewRun, subjectInIntercom } from '../../domain/runs/run.ts';
import { byTeammate } from '../../domain/workspace/audit.ts';
import { attemptsFor } from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';
import type { Tx } from '../../store/database.ts';
import { removeCredit } from '../../store/people/undo-joining.ts';
import { campaignPage } from '../../store/program/campaigns.ts';
import { countTeammateChanges, lockTeammateChanges } from '../../store/program/teammate-changes.ts';
import { linkPeople } from '../../store/qualification/contacts.ts';
import { findRunByKey } from '../../store/runs/run-log.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { findReferrersNamed } from '../people/referrer-choice.ts';
import { joinAsReferral } from '../program/referrals.ts';
import { limitReached } from '../program/teammate-change.ts';
import { planRun } from '../runs/plan-run.ts';
import { planWriteBack } from '../runs/plan-write-back.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { administratorsToAsk } from '../workspace/teammates.ts';
import { homeView, shown } from './card-view.ts';
import { type Found, referralOf } from './visit.ts';

/** A dropdown's most options. */
const maxOptions = 10;
const mostCampaigns = 200;

type Inputs = Record<string, string>;
type Form = Extract<InboxView, { screen: 'add-referral' }>;

export async function askCredit(ctx: Context, found: Found): Promise<InboxView> {
  if (isKnown(found)) return homeView(ctx, found, alreadyKnown);
  const { card_actions: settings } = await readSettings(ctx.database.db, found.workspaceId);
  const used = await countTeammateChanges(ctx.database.db, found.workspaceId, {
    at: ctx.now(),
    timeZone: found.timeZone,
  });
  if (used >= settings.daily_cap)
    return homeView(ctx, found, problem(await limitReached(ctx, found.workspaceId, settings.daily_cap)));
  return formView(ctx, found, {});
}

/** Returns the notice for the new card, or the screen to show instead. */
export async function confirmCredit(
  ctx: Context,
  found: Found,
  nonce: string,
  inputs: Inputs,
): Promise<Notice | InboxView> {
  const { workspaceId } = found;
  if (await findRunByKey(ctx.database.db, workspaceId, creditKey(nonce))) return added;
  if (isKnown(found)) return alreadyKnown;
  const campaigns = await openCampaigns(ctx, workspaceId);
  const campaign =
    campaigns.length === 1 ? campaigns[0] : campaigns.find(({ id }) => id === inputs[inputIds.campaign]);
  if (!campaign) return formView(ctx, found, inputs, { campaign: 'Choose a campaign.' });
  const referrer = await chosenReferrer(ctx, workspaceId, campaign.id, inputs);
  if ('problem' in referrer)
    return formView(ctx, found, inputs, { referrer: referrer.problem, choices: referrer.choices });
  try {
    return await addCredit(ctx, found, { campaign, referrer, nonce, reason: reasonIn(inputs) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const why = Object.values(error.fields ?? {})[0] ?? error.message;
    return formView(ctx, found, inputs, { referrer: why });
  }
}

type Credit = { campaign: Campaign; referrer: Referrer; nonce: string; reason: string | null };

function addCredit(
  ctx: Context,
  found: Found,
  { campaign, referrer, nonce, reason }: Credit,
): Promise<Notice> {
  const { workspaceId, timeZone, teammate, contact } = found;
  const { id, name } = teammate;
  // Intercom gives leads external IDs of its own.
  const isOwn = contact.role === 'user' || emailKey(contact.email) === null;
  const person = identityKey({ ...contact, externalId: isOwn ? contact.externalId : null });
  return ctx.database.transaction(async (tx) => {
    const settings = await readSettings(tx, workspaceId);
    await lockTeammateChanges(tx, workspaceId);
    const used = await countTeammateChanges(tx, workspaceId, { at: ctx.now(), timeZone });
    if (used >= settings.card_actions.daily_cap)
      return problem(await limitReached(ctx, workspaceId, settings.card_actions.daily_cap));
    const joining = { campaign, referrer, person, source: 'manual' as const, reason };
    const actor = { kind: 'teammate' as const, id, name };
    const joined = await joinAsReferral(ctx, tx, workspaceId, joining, actor);
    await linkPeople(tx, workspaceId, [joined.personId], contact.id);
    await planWriteBack(ctx, tx, workspaceId, joined.id);
    // Counts against the limit, and makes a second press of the same button harmless.
    await planRun(ctx, tx, {
      ...writeBackOf(found, joined.personId, `${name} added the referral in the Inbox`),
      deduplicationKey: creditKey(nonce),
      maxAttempts: attemptsFor('write-back', settings, campaign.settings),
    });
    return joined.created ? added : alreadyKnown;
  });
}

/** Why a credit cannot be undone; null when it can. */
export function keepsCredit(found: Found, referralId: string): string | null {
  const stored = referralOf(found, referralId)?.stored;
  if (stored?.source !== 'manual') return 'Only referrals added by hand can be undone.';
  if (stored.rewards.some(({ status }) => status === 'issued'))
    return 'A reward was issued, so the referral stays.';
  return stored.status === 'pending' ? null : 'Set it back to pending first. Its rewards are canceled then.';
}

/** Removes the referral, and what was written about it to Intercom except the tag. */
export async function undoCredit(ctx: Context, found: Found, referralId: string): Promise<Notice> {
  const kept = keepsCredit(found, referralId);
  const referral = referralOf(found, referralId);
  if (kept !== null || referral === null) return problem(kept ?? 'This referral no longer exists.');
  const { workspaceId, teammate } = found;
  const settings = await readSettings(ctx.database.db, workspaceId);
  const removed = await ctx.database.transaction(async (tx) => {
    if (!(await removeCredit(tx, workspaceId, referralId, ctx.now()))) return false;
    const details = { campaign: referral.stored.campaign };
    await recordAudit(ctx, tx, workspaceId, byTeammate(found), 'referral.undo_credit', referralId, details);
    await writeAfterUndo(
      ctx,
      tx,
      found,
      { referralId, ...referral },
      attemptsFor('write-back', settings, null),
    );
    return true;
  });
  ctx.log.info({ workspaceId, teammateId: teammate.id, referralId, removed }, 'a credit was undone');
  return removed
    ? { tone: 'plain', text: '✅ Credit undone' }
    : problem('The status or rewards have changed since. Nothing was undone.');
}

/** The friend's contact, and the referrer's, where counts change. */
async function writeAfterUndo(
  ctx: Context,
  tx: Tx,
  found: Found,
  { referralId, personId, stored }: { referralId: string } & NonNullable<ReturnType<typeof referralOf>>,
  maxAttempts: number,
): Promise<void> {
  const { referrer } = stored;
  const people = [
    { personId, contactId: found.contact.id },
    ...(referrer?.contactId ? [{ personId: referrer.personId, contactId: referrer.contactId }] : []),
  ];
  for (const { personId: id, contactId } of people) {
    const run = writeBackOf({ ...found, contact: { id: contactId } }, id, 'A credit by hand was undone');
    const deduplicationKey = `write-back:undone:${referralId}:${contactId}`;
    await planRun(ctx, tx, { ...run, deduplicationKey, maxAttempts });
  }
}

function writeBackOf(
  { workspaceId, contact: { id: contactId } }: { workspaceId: string; contact: { id: string } },
  personId: string,
  cause: string,
): Omit<NewRun, 'deduplicationKey' | 'maxAttempts'> {
  const work = { kind: 'write-back' as const, contactId };
  return { workspaceId, subject: subjectInIntercom(personId), contactId, work, cause };
}

type Refused = { referrer?: string; campaign?: string; choices?: Form['choices'] };

async function formView(
  ctx: Context,
  found: Found,
  inputs: Inputs,
  refused: Refused = {},
): Promise<InboxView> {
  const campaigns = await openCampaigns(ctx, found.workspaceId);
  if (campaigns.length === 0)
    return homeView(
      ctx,
      found,
      problem(`No campaign is open for referrals. ${await administratorsToAsk(ctx, found.workspaceId)}`),
    );
  const chosen = campaigns.find(({ id }) => id === inputs[inputIds.campaign]) ?? campaigns[0];
  // The newest, and the chosen one.
  const offered = campaigns.filter((campaign, at) => at < maxOptions - 1 || campaign === chosen);
  return {
    screen: 'add-referral',
    contact: shown(found.contact),
    campaigns: offered.map(({ id, name }) => ({ id, name })),
    form: {
      referrer: { value: inputs[inputIds.referrer] ?? '', problem: refused.referrer ?? null },
      campaign: { value: chosen?.id ?? '', problem: refused.campaign ?? null },
      reason: inputs[inputIds.reason] ?? '',
    },
    choices: refused.choices ?? [],
    nonce: ctx.newId(),
  };
}

async function chosenReferrer(
  ctx: Context,
  workspaceId: string,
  campaignId: string,
  inputs: Inputs,
): Promise<Referrer | { problem: string; choices: Form['choices'] }> {
  const text = (inputs[inputIds.referrer] ?? '').trim();
  if (text === '') return { problem: 'Enter the referrer’s email, code or name.', choices: [] };
  const matching = await findReferrersNamed(ctx, workspaceId, campaignId, text.slice(0, 254));
  const [only] = matching;
  if (!only) return { problem: 'No referrer of this campaign has this email, code or name.', choices: [] };
  if (matching.length === 1) return only;
  const chosen = matching.find(({ id }) => id === inputs[inputIds.choice]);
  if (chosen) return chosen;
  const choices = matching.slice(0, maxOptions).map(({ id, code, person }) => ({
    id,
    label: [person.name, person.email, `code ${code}`].filter(Boolean).join(', '),
  }));
  return { problem: 'Several referrers match. Choose one.', choices };
}

async function openCampaigns(ctx: Context, workspaceId: string): Promise<Campaign[]> {
  const { items } = await campaignPage(
    ctx.database.db,
    workspaceId,
    { archived: false },
    { limit: mostCampaigns, after: null },
  );
  return items.filter(
    ({ platform, standing }) => !isOutside(platform) && allows(standing, 'join', ctx.now()),
  );
}

const isKnown = ({ match, people }: Found) =>
  match.outcome === 'several' || people.some(({ referrals }) => referrals.length > 0);

const creditKey = (nonce: string) => `card:credit:${nonce}`;
const reasonIn = (inputs: Inputs) => (inputs[inputIds.reason] ?? '').trim().slice(0, 255) || null;
const problem = (text: string): Notice => ({ tone: 'problem', text });
const added: Notice = { tone: 'plain', text: '✅ Added as referral' };
const alreadyKnown: Notice = {
  tone: 'plain',
  text: 'This contact already has a referral. Nothing was changed.',
};
