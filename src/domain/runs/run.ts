// A run: one piece of outgoing work, recorded before it is tried, with its result.
import { z } from 'zod';
import { alertTopicNames } from '../alerts/alert.ts';
import { contactAction } from '../contacts/contact-action.ts';
import { contactUse } from '../contacts/contact-draft.ts';
import { outsidePlatformNames, type StatusChange, statusChanges } from '../platforms/platform.ts';
import { platformRewardChanges } from '../platforms/platform-reward.ts';
import { identifiedActors, unidentifiedActors } from '../program/program.ts';
import type { PlatformName } from '../program/referral.ts';
import type { Attributes } from './write-back.ts';

const actor = z.union([
  z.object({ kind: z.enum(identifiedActors), id: z.string(), name: z.string() }),
  z.object({ kind: z.enum(unidentifiedActors), id: z.null(), name: z.string().nullable() }),
]);

/** `platform`: the platform of the referral's campaign. */
type Service = Exclude<Pause, 'token'>;

function workKindOf<S extends z.ZodObject>({
  fields,
  describe,
  ...spec
}: {
  /** The work as the database stores it, without its kind. */
  fields: S;
  /** Null: no outage of it concerns other runs. */
  service: Service | null;
  label: string;
  settingLabel: string;
  /** What a single run of it does, in a few words; defaults to the label. */
  describe?: (work: z.output<S>) => string;
}) {
  return {
    ...spec,
    fields,
    describe(recorded: unknown): string {
      const work = fields.safeParse(recorded).data;
      return (work && describe?.(work)) ?? spec.label;
    },
  };
}

const changeLabels: Record<StatusChange, string> = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  expire: 'Expire',
  reopen: 'Back to pending',
};

/** In the order of forms and filters; usecases/runs/handlers.ts handles them. */
export const workKinds = {
  'change-status': workKindOf({
    fields: z.object({
      referralId: z.string(),
      change: z.enum(statusChanges),
      reason: z.string(),
      actor,
      saleValue: z.number().nullable(),
    }),
    service: 'platform',
    label: 'Change a status',
    settingLabel: 'Changing the status on the referral platform',
    describe: ({ change }) => changeLabels[change],
  }),
  'platform-reward': workKindOf({
    fields: z.object({
      platform: z.enum(outsidePlatformNames),
      rewardId: z.string(),
      change: z.enum(platformRewardChanges),
    }),
    service: 'platform',
    label: 'Issue or cancel a platform reward',
    settingLabel: 'Issuing and canceling rewards on the referral platform',
    describe: ({ change }) =>
      change === 'issue' ? 'Issue a reward on the platform' : 'Cancel a reward on the platform',
  }),
  'write-back': workKindOf({
    fields: z.object({ contactId: z.string() }),
    service: 'intercom',
    label: 'Write attributes',
    settingLabel: 'Writing the referral attributes',
  }),
  tag: workKindOf({
    fields: z.object({ contactId: z.string(), tag: z.string() }),
    service: 'intercom',
    label: 'Tag a contact',
    settingLabel: 'Putting the tag on the contact',
    describe: ({ tag }) => `Tag with ${tag}`,
  }),
  event: workKindOf({
    fields: z.object({
      contactId: z.string(),
      referralId: z.string(),
      name: z.string(),
      at: z.string(),
    }),
    service: 'intercom',
    label: 'Send an event',
    settingLabel: 'Sending the event',
    describe: ({ name }) => `Send event ${name}`,
  }),
  'resend-link': workKindOf({
    fields: z.object({ contactId: z.string(), at: z.string() }),
    service: 'intercom',
    label: 'Resend a link',
    settingLabel: 'Resending links requested through Fin',
  }),
  note: workKindOf({
    fields: z.object({ conversionId: z.string() }),
    service: 'intercom',
    label: 'Add a note',
    settingLabel: 'Adding a note',
  }),
  'merge-values': workKindOf({
    fields: z.object({ conversionId: z.string() }),
    service: 'intercom',
    label: 'Keep chosen values',
    settingLabel: 'Keeping values chosen in a merge',
  }),
  enroll: workKindOf({
    fields: z.object({
      enrollmentId: z.string(),
      /** A teammate's decision about a possible duplicate; null when the settings decide. */
      decision: z
        .union([
          z.object({ use: z.string(), how: contactUse }),
          z.object({ create: z.literal(true), excludedIds: z.array(z.string()) }),
        ])
        .nullable(),
    }),
    service: 'intercom',
    label: 'Enroll a person',
    settingLabel: 'Creating contacts on joining',
  }),
  contact: workKindOf({
    fields: z.object({
      action: contactAction,
      /** The token that asked for it; null for what follows from a change that has its own audit entry. */
      actor: z.object({ kind: z.literal('api'), id: z.string(), name: z.string() }).nullable(),
      /** A digest of the request, if it has an idempotency key. */
      request: z.string().nullable(),
    }),
    service: 'intercom',
    label: 'Change a contact',
    settingLabel: 'Creating and changing contacts by API or import',
  }),
  'issue-reward': workKindOf({
    fields: z.object({
      /** Null for a test event. */
      rewardId: z.string().nullable(),
    }),
    service: null,
    label: 'Send a reward',
    settingLabel: 'Sending rewards to your own system',
    describe: ({ rewardId }) =>
      rewardId === null ? 'Test the reward webhook' : 'Send a reward to the reward webhook',
  }),
  alert: workKindOf({
    fields: z.object({
      to: z.union([z.object({ teammate: z.string() }), z.object({ channel: z.string() })]),
      topic: z.enum([...alertTopicNames, 'test']),
      subject: z.string(),
      lines: z.array(z.string()),
      href: z.string(),
    }),
    service: null,
    label: 'Send an alert',
    settingLabel: 'Sending alerts',
    describe: ({ to }) => ('teammate' in to ? 'Mail an alert' : 'Post an alert'),
  }),
};

export type WorkKind = keyof typeof workKinds;
type Works = { [K in WorkKind]: { kind: K } & z.output<(typeof workKinds)[K]['fields']> };
export type WorkOf<K extends WorkKind> = Works[K];
export type Work = WorkOf<WorkKind>;

export const workKindNames = Object.keys(workKinds) as WorkKind[];
const withKind = z.object({ kind: z.enum(workKindNames) });

/** Null for work that only another version of this app knows. */
export function readWork(recorded: unknown): Work | null {
  const kind = withKind.safeParse(recorded).data?.kind;
  const fields = kind && workKinds[kind].fields.safeParse(recorded).data;
  return fields ? ({ kind, ...fields } as Work) : null;
}

export const isWorkKind = (kind: string): kind is WorkKind => Object.hasOwn(workKinds, kind);

/** Separate, so that an outage of one holds up nothing else. Order is irrelevant: data is read late. */
const inIntercom = ' in Intercom';
const inOwnSystem = ' in the company’s system';
export const subjectInIntercom = (subject: string) => `${subject}${inIntercom}`;
export const subjectInOwnSystem = (subject: string) => `${subject}${inOwnSystem}`;
export const isInIntercom = (subject: string) => subject.endsWith(inIntercom);
/** All subjects of one person or contact. */
export const subjectsOfId = (id: string) => [id, subjectInIntercom(id), subjectInOwnSystem(id)];

export function subjectId(subject: string): string {
  const where = [inIntercom, inOwnSystem].find((ending) => subject.endsWith(ending));
  return where === undefined ? subject : subject.slice(0, -where.length);
}

/** `dismissed`: it failed, and nothing is to be done about it. It can still be retried. */
export const runStates = ['waiting', 'done', 'failed', 'dismissed', 'canceled'] as const;
export type RunState = (typeof runStates)[number];

export const hasFailed = ({ state }: { state: RunState }): boolean =>
  state === 'failed' || state === 'dismissed';

/** What a run waits for. `token`: Intercom refuses our grant, and only a new grant helps. */
export const pauses = ['intercom', 'platform', 'token'] as const;
export type Pause = (typeof pauses)[number];

export type NewRun = {
  workspaceId: string;
  /** Runs of one subject are done in order. The person's id, or the contact's; see `subjectInIntercom`. */
  subject: string;
  referralId?: string | null;
  contactId?: string | null;
  /** Two requests for the same effect have the same key. */
  deduplicationKey: string;
  work: Work;
  cause: string;
  /** 1 to 5. */
  maxAttempts: number;
  dueAt?: Date;
};

export type Run<W extends Work = Work> = Omit<Required<NewRun>, 'work'> & {
  work: W;
  id: string;
  seq: number;
  state: RunState;
  pausedFor: Pause | null;
  /** Failed attempts; waiting for a service or a rate limit uses none. */
  attempts: number;
  /** When it last requested a change that was not refused: the next attempt looks up the result first. */
  attemptedAt: Date | null;
  error: string | null;
  dismissedBecause: string | null;
  /** The last request and response, without secrets. */
  exchange: unknown;
  createdAt: Date;
  finishedAt: Date | null;
};

export type LoggedRun = Omit<Run, 'work'> & { kind: string; work: unknown };

export type RunFilter = {
  state?: RunState | undefined;
  kind?: string | undefined;
  referralId?: string | undefined;
  contactId?: string | undefined;
  subjects?: readonly string[] | undefined;
  /** Recorded at `from` or later, and before `until`. */
  from?: Date | undefined;
  until?: Date | undefined;
};

/** Lets the next write send only differences. */
export type WrittenToContact = { contactId: string; attributes: Attributes };

/** What a handler resolves with. `record` runs in the same transaction that marks the run done. */
export type RunResult<Tx> = {
  exchange?: { request: unknown; answer: unknown };
  /** Why no attempt can succeed: the run fails at once. */
  refused?: string;
  /** Why it is not wanted any more: a setting or its subject has changed. Another run may want the same effect later. */
  canceled?: string;
  /** Stored with the run's end; not beside `record`. */
  written?: WrittenToContact;
  record?(tx: Tx): Promise<void>;
};

/** The result is not known yet: the run is tried again then without using up an attempt. */
export type Postponed = { waitUntil: Date; why: string };

/**
 * Must await `markAttempted` right before it requests a change from another service. A Failure `unauthorized`,
 * `unavailable` or `rate-limited` makes the run wait; every other rejection is a failed attempt.
 */
type Handler<W extends Work, Tx> = (
  run: Run<W>,
  markAttempted: () => Promise<void>,
) => Promise<RunResult<Tx> | Postponed>;

export type Handlers<Tx> = { [K in WorkKind]: Handler<Extract<Work, { kind: K }>, Tx> };

/** Null for work on the built-in platform, which needs no service. */
export function serviceOf(run: { kind: string; platform: PlatformName | null }): Service | null {
  const service = isWorkKind(run.kind) ? workKinds[run.kind].service : 'intercom';
  return service === 'platform' && run.platform === 'built-in' ? null : service;
}

/** Consecutive failures to reach a service that make an outage. */
export const failuresOfAnOutage = 3;

/** Doubles from two seconds on, plus or minus a fifth, so that failed runs do not retry all at once. */
export function backoffMs(failedAttempts: number, random: () => number): number {
  return Math.round(1000 * 2 ** failedAttempts * (0.8 + 0.4 * random()));
}
