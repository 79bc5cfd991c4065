// A run: one piece of outgoing work, recorded before it is tried, with what became of it.
import { z } from 'zod';
import { contactAction } from '../contacts/contact-action.ts';
import type { PlatformName } from '../program/referral.ts';

const actor = z.union([
  z.object({ kind: z.enum(['teammate', 'api', 'rule']), id: z.string(), name: z.string() }),
  z.object({ kind: z.enum(['platform', 'person', 'app']), id: z.null(), name: z.string().nullable() }),
]);

/** The outside service that work needs, and pauses for. `platform`: that of the referral's campaign. */
type Service = Exclude<Pause, 'token'>;

function workKindOf<S extends z.ZodObject>({
  fields,
  describe,
  ...spec
}: {
  /** The work as the database keeps it, beside its kind. */
  fields: S;
  service: Service;
  label: string;
  /** For the setting of its attempts. */
  settingLabel: string;
  /** What one run of it does, in a few words; the label without it. */
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

const changeLabels = {
  qualify: 'Qualify',
  disqualify: 'Disqualify',
  expire: 'Expire',
  reopen: 'Back to pending',
} as const;

/** Every kind of work, in the order in which forms and filters list them. Its handler is in usecases/runs/handlers.ts. */
export const workKinds = {
  'change-status': workKindOf({
    fields: z.object({
      referralId: z.string(),
      change: z.enum(['qualify', 'disqualify', 'expire', 'reopen']),
      reason: z.string(),
      actor,
      saleValue: z.number().nullable(),
    }),
    service: 'platform',
    label: 'Change a status',
    settingLabel: 'Changing the status on the referral platform',
    describe: ({ change }) => changeLabels[change],
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
      /** ISO 8601. */
      at: z.string(),
    }),
    service: 'intercom',
    label: 'Send an event',
    settingLabel: 'Tracking the event',
    describe: ({ name }) => `Send event ${name}`,
  }),
  note: workKindOf({
    fields: z.object({ conversionId: z.string() }),
    service: 'intercom',
    label: 'Leave a note',
    settingLabel: 'Leaving a note',
  }),
  enroll: workKindOf({
    fields: z.object({
      enrollmentId: z.string(),
      /** What a person said of a possible duplicate; null where the settings say it. */
      decision: z
        .union([
          z.object({ use: z.string(), how: z.enum(['update', 'fill', 'link']) }),
          z.object({ create: z.literal(true), notThese: z.array(z.string()) }),
        ])
        .nullable(),
    }),
    service: 'intercom',
    label: 'Enroll',
    settingLabel: 'Making a contact of whoever joins',
  }),
  contact: workKindOf({
    fields: z.object({
      action: contactAction,
      /** A digest of the request, where it has an idempotency key. */
      request: z.string().nullable(),
    }),
    service: 'intercom',
    label: 'Act on a contact',
    settingLabel: 'Contacts asked for by the API or an import',
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

/**
 * The subject of what is only told to Intercom. Apart from the person's own, so that an Intercom that is out holds up no
 * change of status; what is told is read when it is told, so that the order between the two does not matter.
 */
const inIntercom = ' in Intercom';
export const subjectInIntercom = (subject: string) => `${subject}${inIntercom}`;
export const isInIntercom = (subject: string) => subject.endsWith(inIntercom);
/** The person's or the contact's id of either kind of subject. */
export const subjectId = (subject: string) =>
  isInIntercom(subject) ? subject.slice(0, -inIntercom.length) : subject;

export const runStates = ['waiting', 'done', 'failed', 'canceled'] as const;
export type RunState = (typeof runStates)[number];

/** `token`: Intercom refuses our grant, and only a new one helps. */
export type Pause = 'intercom' | 'platform' | 'token';

export type NewRun = {
  workspaceId: string;
  /** Whose work is done in order: the person's id, or the contact's where no person is known; see `subjectInIntercom`. */
  subject: string;
  referralId?: string | null;
  contactId?: string | null;
  /** The same effect asked for twice has the same one. */
  dedupe: string;
  work: Work;
  /** Why it is done, in words. */
  cause: string;
  /** 1 to 5. */
  mostAttempts: number;
  /** Now when left out. */
  dueAt?: Date;
};

export type Run<W extends Work = Work> = Omit<Required<NewRun>, 'work'> & {
  work: W;
  id: string;
  /** The order among the runs of one subject. */
  seq: number;
  state: RunState;
  pausedFor: Pause | null;
  /** Those that failed; what waits for a service or a rate limit uses up none. */
  attempts: number;
  /**
   * When the outside was last asked to change something and did not turn it away: what is set and not done is looked up
   * before it is asked again.
   */
  askedAt: Date | null;
  error: string | null;
  /** The last request and answer, without secrets. */
  exchange: unknown;
  createdAt: Date;
  finishedAt: Date | null;
};

/** A run as it is stored, whatever its work is. */
export type LoggedRun = Omit<Run, 'work'> & { kind: string; work: unknown };

export type RunFilter = {
  state?: RunState | undefined;
  kind?: string | undefined;
  referralId?: string | undefined;
  contactId?: string | undefined;
  /** See NewRun. */
  subjects?: readonly string[] | undefined;
  /** Recorded at that moment or later; before that moment. */
  from?: Date | undefined;
  until?: Date | undefined;
};

/** What a handler resolves with. `record` runs in the very transaction that marks the run done. */
export type RunResult<Tx> = {
  exchange?: { request: unknown; answer: unknown };
  /** Why it cannot be done, where another try would find the same: the run has failed then, whatever attempts are left. */
  refused?: string;
  record?(tx: Tx): Promise<void>;
};

/** Nothing can be said yet; it is done again then, and no attempt is used up. */
export type Postponed = { waitUntil: Date; why: string };

/**
 * Does one kind of work. `signalAsked` is to be awaited right before the outside is asked to change something.
 * Rejects with a Failure `unauthorized` (waits for a new grant), `unavailable` (may be an outage) or `rate-limited`
 * (waits as long as it says); every other rejection counts as a failed attempt.
 */
export type Handler<W extends Work, Tx> = (
  run: Run<W>,
  signalAsked: () => Promise<void>,
) => Promise<RunResult<Tx> | Postponed>;

export type Handlers<Tx> = { [K in WorkKind]: Handler<Extract<Work, { kind: K }>, Tx> };

/** The outside service that a run needs; null for work that this app does by itself, on its own referral platform. */
export function serviceOf(run: { kind: string; platform: PlatformName | null }): Service | null {
  const service = isWorkKind(run.kind) ? workKinds[run.kind].service : 'intercom';
  return service === 'platform' && run.platform === 'built-in' ? null : service;
}

/** That many failures to reach a service, with no success between them, are an outage. */
export const failuresOfAnOutage = 3;

/** Doubles from two seconds on, give or take a fifth, so that what failed together does not come back together. */
export function backoffMs(failedAttempts: number, random: () => number): number {
  return Math.round(1000 * 2 ** failedAttempts * (0.8 + 0.4 * random()));
}
