// What a program manager sees of enrollment and does about it: setup, missing attributes, a preview, the list, another try.
import type { ContactDraft } from '../../domain/contacts/contact-draft.ts';
import {
  type EnrollmentSide,
  missingAttributes,
  needsEmail,
  roleOf,
  type Setup,
  type SideName,
  setupOf,
} from '../../domain/enrollment/enrollment.ts';
import { type Extra, factsOf, type Joiner, sideOf } from '../../domain/enrollment/enrollment-facts.ts';
import type { ContactAttribute } from '../../domain/enrollment/mapping.ts';
import { draftOf, type FilledRow, fill } from '../../domain/enrollment/mapping-filling.ts';
import type { Campaign, Identity, Page, PageRequest } from '../../domain/program/program.ts';
import { Failure } from '../../failure.ts';
import type {
  Enrollment,
  EnrollmentAttributes,
  EnrollmentFilter,
  EnrollmentStore,
  ListedEnrollment,
  NewAttribute,
} from './enrollment-edges.ts';

export type Setups = Record<SideName, Setup>;

/** Somebody who joined, by what they joined as, or an example of somebody who might. */
export type Previewed =
  | { referralId: string }
  | { referrerId: string }
  | { personId: string; side: SideName }
  | { side: SideName; person: Identity; extra: Extra };

export type Preview = {
  side: SideName;
  setup: Setup;
  contact: ContactDraft;
  rows: FilledRow[];
  /** Why nobody would be made of them; null when somebody would. */
  problem: string | null;
};

export type EnrollmentDesk = {
  /** Of both sides. What Intercom has is looked at too, unless it takes too long to tell. */
  setups(workspaceId: string, campaign: Pick<Campaign, 'settings'>): Promise<Setups>;
  /** Makes the attributes that the mappings name, and answers what was made. `wanted` says otherwise than what suits. */
  createAttributes(
    workspaceId: string,
    campaignId: string,
    wanted: readonly NewAttribute[],
  ): Promise<{ created: NewAttribute[]; setups: Setups }>;
  preview(workspaceId: string, campaignId: string, of: Previewed): Promise<Preview>;
  list(workspaceId: string, filter: EnrollmentFilter, page: PageRequest): Promise<Page<ListedEnrollment>>;
  /** Tries what failed again, and plans all else anew; with the settings as they are now either way. */
  retry(workspaceId: string, id: string): Promise<Enrollment>;
};

export type EnrollmentDeskDeps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: EnrollmentStore<Tx>;
  campaigns: { find(workspaceId: string, id: string): Promise<Campaign | null> };
  attributes: EnrollmentAttributes;
  planAgain(tx: Tx, workspaceId: string, enrollment: Enrollment): Promise<void>;
  runs: { retry(workspaceId: string, which: { id: string }): Promise<number> };
  planWaiting(tx: Tx, workspaceId: string, campaignId: string): Promise<void>;
  now(): Date;
  patienceMs: number;
};

const sides = ['leads', 'referrers'] as const;

/** All failures are `Failure`s. */
export function createEnrollmentDesk<Tx>(deps: EnrollmentDeskDeps<Tx>): EnrollmentDesk {
  const { store, attributes } = deps;

  async function campaignGiven(workspaceId: string, id: string): Promise<Campaign> {
    const found = await deps.campaigns.find(workspaceId, id);
    if (found) return found;
    throw new Failure('not-found', 'There is no such campaign.');
  }

  /** Null when Intercom does not tell in time, or is not to be asked at all. */
  async function knownInTime(workspaceId: string): Promise<readonly ContactAttribute[] | null> {
    const known = attributes.of(workspaceId).catch(() => null);
    const late = new Promise<null>((resolve) => setTimeout(resolve, deps.patienceMs, null).unref());
    return Promise.race([known, late]);
  }

  async function setups(workspaceId: string, { settings }: Pick<Campaign, 'settings'>): Promise<Setups> {
    const { leads, referrers } = settings.enrollment;
    const known = namesCustom(leads) || namesCustom(referrers) ? await knownInTime(workspaceId) : null;
    return { leads: setupOf(leads, known), referrers: setupOf(referrers, known) };
  }

  /** Rejects with a Failure `conflict` where there is no Intercom to be asked. */
  async function asked(workspaceId: string): Promise<readonly ContactAttribute[]> {
    return attributes.of(workspaceId).catch((error: unknown) => {
      if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error;
      throw new Failure('conflict', 'The app is not installed in this workspace.', { cause: error });
    });
  }

  async function createAttributes(
    workspaceId: string,
    campaignId: string,
    wanted: readonly NewAttribute[],
  ): Promise<{ created: NewAttribute[]; setups: Setups }> {
    const campaign = await campaignGiven(workspaceId, campaignId);
    attributes.forget(workspaceId);
    const known = await asked(workspaceId);
    const missing = sides.flatMap((side) => missingAttributes(campaign.settings.enrollment[side], known));
    const created: NewAttribute[] = [];
    for (const [name, { type }] of new Map(missing.map((one) => [one.name, one]))) {
      const attribute = wanted.find((one) => one.name === name) ?? { name, kind: type };
      await attributes.create(workspaceId, attribute);
      created.push(attribute);
    }
    attributes.forget(workspaceId);
    await deps.transaction((tx) => deps.planWaiting(tx, workspaceId, campaignId));
    return { created, setups: await setups(workspaceId, campaign) };
  }

  async function preview(workspaceId: string, campaignId: string, of: Previewed): Promise<Preview> {
    const campaign = await campaignGiven(workspaceId, campaignId);
    const joiner = await joinerFor(workspaceId, campaign, of);
    const side = sideOf(joiner);
    const known = namesCustom(side) ? await asked(workspaceId) : [];
    const rows = fill(side.mapping, factsOf(joiner), known, roleOf(side));
    const contact = draftOf(roleOf(side), rows);
    const setup = setupOf(side, known);
    return { side: joiner.side, setup, contact, rows, problem: problemOf(side, setup, contact) };
  }

  async function joinerFor(workspaceId: string, campaign: Campaign, of: Previewed): Promise<Joiner> {
    if ('person' in of) return example(campaign, of, deps.now());
    const who = await memberFor(workspaceId, of);
    const joiner = who && (await store.joiner(workspaceId, { ...who, campaignId: campaign.id }));
    if (joiner) return joiner;
    throw new Failure('not-found', 'There is nobody like that on this side of the campaign.');
  }

  async function memberFor(workspaceId: string, of: Exclude<Previewed, { person: Identity }>) {
    if ('personId' in of) return of;
    const member =
      'referralId' in of
        ? { side: 'leads' as const, id: of.referralId }
        : { side: 'referrers' as const, id: of.referrerId };
    const found = await deps.transaction((tx) => store.member(tx, workspaceId, member));
    return found && { side: member.side, personId: found.personId };
  }

  async function retry(workspaceId: string, id: string): Promise<Enrollment> {
    const failed = await deps.transaction(async (tx) => {
      const enrollment = await store.lock(tx, workspaceId, id);
      if (!enrollment) throw new Failure('not-found', 'There is no such enrollment.');
      if (enrollment.state === 'review') {
        throw new Failure('conflict', 'A person has to decide it: see /api/v1/reviews.');
      }
      const run = await store.runOf(tx, workspaceId, id);
      if (run?.state === 'waiting') throw new Failure('conflict', `It is on its way: see run ${run.id}.`);
      // The same run again knows whether Intercom may have made the contact already; another one would not.
      if (run?.state !== 'failed') return deps.planAgain(tx, workspaceId, enrollment).then(() => null);
      await store.change(tx, workspaceId, id, { state: 'planned', outcome: null, changedAt: deps.now() });
      return run;
    });
    if (failed) await deps.runs.retry(workspaceId, { id: failed.id });
    const enrollment = await store.find(workspaceId, id);
    if (!enrollment) throw new Failure('not-found', 'There is no such enrollment.');
    return enrollment;
  }

  return { setups, createAttributes, preview, list: store.list, retry };
}

function namesCustom(side: EnrollmentSide): boolean {
  return side.mapping.some((row) => row.to.startsWith('custom_attributes.'));
}

function problemOf(side: EnrollmentSide, setup: Setup, contact: ContactDraft): string | null {
  if (side.action === 'nothing') return 'This side of the campaign does nothing in Intercom.';
  if (!setup.complete) return `Setup required: ${setup.missing.join(' ')}`;
  return needsEmail(side) && contact.email === undefined ? 'There is no email to send.' : null;
}

/** Somebody who would join by themselves at this moment. */
function example(
  campaign: Campaign,
  { side, person, extra }: Extract<Previewed, { person: Identity }>,
  joinedAt: Date,
): Joiner {
  const referral = { id: 'example', status: 'pending', source: 'link', joinedAt, reward: 'none' } as const;
  return {
    side,
    campaign,
    person: { id: 'example', contactId: null, ...person },
    joinedAt,
    share: null,
    referral: side === 'leads' ? referral : null,
    referrer: null,
    extra,
  };
}
