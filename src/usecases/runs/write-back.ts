// Tells Intercom how a referral stands: attributes of our own, a tag, an event. Each is a run, each can be switched off.

import type { ReferralStatus } from '../../domain/program/referral.ts';
import { type Handler, type NewRun, subjectInIntercom, type Work } from '../../domain/runs/run.ts';
import {
  type Attributes,
  attributesFor,
  difference,
  type Involvement,
  qualifiedEvent,
  referredTag,
} from '../../domain/runs/write-back.ts';
import {
  attemptsFor,
  type CampaignSettings,
  type WorkspaceSettings,
} from '../../domain/workspace/settings.ts';
import { Failure } from '../../failure.ts';

/** A referral with who is to be told about it; contacts that are not known are not told. */
export type Told = {
  round: number;
  status: ReferralStatus;
  statusAt: Date;
  campaign: string;
  campaignSettings: CampaignSettings;
  referred: { personId: string; contactId: string | null };
  referrer: { personId: string; contactId: string | null } | null;
  /** Grows with every change of the referral. */
  change: number;
};

/** `merged`: the contact lives on under another id. */
export type WriteOutcome = { outcome: 'done' | 'gone' } | { outcome: 'merged'; into: string | null };

export interface WriteBackIntercom {
  setAttributes(
    workspaceId: string,
    contactId: string,
    attributes: Attributes,
  ): Promise<WriteOutcome | { outcome: 'unknown-attribute' }>;
  /** Makes those of our data attributes that are not there. */
  ensureAttributes(workspaceId: string): Promise<void>;
  addTag(workspaceId: string, contactId: string, tag: string): Promise<WriteOutcome>;
  trackEvent(
    workspaceId: string,
    event: { contactId: string; name: string; at: Date; metadata: Record<string, string> },
  ): Promise<WriteOutcome>;
}

export type WriteBackDeps<Tx> = {
  store: {
    told(tx: Tx, workspaceId: string, referralId: string): Promise<Told | null>;
    involvement(
      workspaceId: string,
      contactId: string,
    ): Promise<{ is: Involvement; written: Attributes | null }>;
    saveWritten(tx: Tx, workspaceId: string, contactId: string, written: Attributes): Promise<void>;
    campaignOf(
      workspaceId: string,
      referralId: string,
    ): Promise<{ campaign: string; referrer: string | null } | null>;
  };
  settings: { readIn(tx: Tx, workspaceId: string): Promise<WorkspaceSettings> };
  runs: { add(tx: Tx, run: NewRun): Promise<boolean> };
  intercom: WriteBackIntercom;
};

/** A referrer whose contact is known. */
export type Share = {
  referrerId: string;
  personId: string;
  contactId: string;
  campaign: { name: string; settings: CampaignSettings };
};

type Of<K extends Work['kind']> = Extract<Work, { kind: K }>;

// Merges of merges: more hops than this are a circle.
const mostHops = 3;

export function createWriteBack<Tx>(deps: WriteBackDeps<Tx>) {
  /** Adds the runs that bring a referral's present state to Intercom, in the transaction that changed it. */
  async function plan(tx: Tx, workspaceId: string, referralId: string): Promise<void> {
    const told = await deps.store.told(tx, workspaceId, referralId);
    if (!told) return;
    const settings = await deps.settings.readIn(tx, workspaceId);
    for (const run of runsFor(workspaceId, referralId, told, settings)) await deps.runs.add(tx, run);
  }

  /** The same for somebody who became a referrer: their share link is news, though no referral is. */
  async function planShare(
    tx: Tx,
    workspaceId: string,
    { referrerId, personId, contactId, campaign }: Share,
  ): Promise<void> {
    const settings = await deps.settings.readIn(tx, workspaceId);
    if (!settings.write_back.attributes) return;
    await deps.runs.add(tx, {
      workspaceId,
      subject: subjectInIntercom(personId),
      contactId,
      dedupe: `write-back:referrer:${referrerId}:${contactId}`,
      work: { kind: 'write-back', contactId },
      cause: `${campaign.name}: refers`,
      mostAttempts: attemptsFor('write-back', settings, campaign.settings),
    });
  }

  const writeBack: Handler<Of<'write-back'>, Tx> = async ({ workspaceId, work }, signalAsked) => {
    const { is, written } = await deps.store.involvement(workspaceId, work.contactId);
    const wanted = attributesFor(is);
    const changed = difference(wanted, written);
    if (Object.keys(changed).length === 0) return {};
    await signalAsked();
    const outcome = await follow(work.contactId, (contactId) =>
      setAttributes(workspaceId, contactId, changed),
    );
    return {
      exchange: { request: { contactId: work.contactId, custom_attributes: changed }, answer: { outcome } },
      record: (tx) => deps.store.saveWritten(tx, workspaceId, work.contactId, wanted),
    };
  };

  async function setAttributes(
    workspaceId: string,
    contactId: string,
    changed: Attributes,
  ): Promise<WriteOutcome> {
    const first = await deps.intercom.setAttributes(workspaceId, contactId, changed);
    if (first.outcome !== 'unknown-attribute') return first;
    await deps.intercom.ensureAttributes(workspaceId);
    const again = await deps.intercom.setAttributes(workspaceId, contactId, changed);
    if (again.outcome !== 'unknown-attribute') return again;
    throw new Failure('bad-upstream', 'Intercom does not know the attributes that were just created');
  }

  const tag: Handler<Of<'tag'>, Tx> = async ({ workspaceId, work }, signalAsked) => {
    await signalAsked();
    const outcome = await follow(work.contactId, (id) => deps.intercom.addTag(workspaceId, id, work.tag));
    return { exchange: { request: { contactId: work.contactId, tag: work.tag }, answer: { outcome } } };
  };

  const event: Handler<Of<'event'>, Tx> = async ({ workspaceId, work }, signalAsked) => {
    const about = await deps.store.campaignOf(workspaceId, work.referralId);
    const metadata = {
      ...(about ? { campaign: about.campaign } : {}),
      ...(about?.referrer ? { referrer: about.referrer } : {}),
    };
    await signalAsked();
    // Intercom drops a second one of the same contact, name and time.
    const tracked = { name: work.name, at: new Date(work.at), metadata };
    const outcome = await follow(work.contactId, (contactId) =>
      deps.intercom.trackEvent(workspaceId, { ...tracked, contactId }),
    );
    return {
      exchange: { request: { contactId: work.contactId, event: work.name, metadata }, answer: { outcome } },
    };
  };

  return { plan, planShare, handlers: { 'write-back': writeBack, tag, event } };
}

/** A contact that was merged meanwhile is written to where it lives on; one that is gone needs to be told nothing. */
async function follow(
  contactId: string,
  write: (contactId: string) => Promise<WriteOutcome>,
): Promise<'done' | 'gone'> {
  let id = contactId;
  for (let hop = 0; hop <= mostHops; hop += 1) {
    const answer = await write(id);
    if (answer.outcome !== 'merged') return answer.outcome;
    if (answer.into === null) return 'gone';
    id = answer.into;
  }
  return 'gone';
}

function runsFor(workspaceId: string, referralId: string, told: Told, settings: WorkspaceSettings): NewRun[] {
  const { referred, referrer, status } = told;
  const { attributes, tag, event } = settings.write_back;
  const run = (
    person: { personId: string; contactId: string | null } | null,
    dedupe: string,
    work: (contactId: string) => Work,
    cause: string,
  ): NewRun[] => {
    if (!person?.contactId) return [];
    const { contactId, personId } = person;
    const subject = subjectInIntercom(personId);
    const done = work(contactId);
    const mostAttempts = attemptsFor(done.kind, settings, told.campaignSettings);
    return [{ workspaceId, subject, referralId, contactId, dedupe, work: done, cause, mostAttempts }];
  };
  const state = `${told.campaign}: ${status}`;
  const write = (contactId: string): Work => ({ kind: 'write-back', contactId });
  const at = told.statusAt.toISOString();
  return [
    ...(attributes
      ? run(referred, `write-back:${referralId}:${told.change}:${referred.contactId}`, write, state)
      : []),
    ...(attributes
      ? run(referrer, `write-back:${referralId}:${told.change}:${referrer?.contactId}`, write, state)
      : []),
    ...(tag
      ? run(
          referred,
          `tag:${referredTag}:${referred.contactId}`,
          (contactId) => ({ kind: 'tag', contactId, tag: referredTag }),
          state,
        )
      : []),
    ...(event && status === 'qualified'
      ? run(
          referred,
          `event:${referralId}:${told.round}`,
          (contactId) => ({ kind: 'event', contactId, referralId, name: qualifiedEvent, at }),
          state,
        )
      : []),
  ];
}
