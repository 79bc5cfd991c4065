// Every kind of job: what it carries, and how many of it a process does at a time. Its function is in wiring/jobs.ts.
import { z } from 'zod';
import { pageWorkNames } from '../domain/page-work.ts';
import { platformName } from '../domain/program/referral.ts';

type JobKind<S extends z.ZodObject> = {
  fields: S;
  /** Of each process: how many workers there are, and how many jobs each takes up together. */
  workers: number;
  batchSize: number;
  /** How many may belong to one workspace, so that there are always workers left for the others. */
  perWorkspace?: number;
  /** Makes one job of those of one workspace that were taken up together. */
  merge?(jobs: z.output<S>[]): z.output<S>;
};

function jobKind<S extends z.ZodObject>({ merge, ...kind }: JobKind<S>) {
  const list = z.array(kind.fields);
  return { ...kind, merge: merge && ((jobs: readonly object[]) => merge(list.parse(jobs))) };
}

const workspaceId = z.string();
const place = { workspaceId, platform: platformName };
const runsOfSubject = z.object({ workspaceId, subject: z.string() });

export const jobKinds = {
  /** Finishes a conversion whose process died, or whose outcome Intercom did not tell. */
  'settle-conversion': jobKind({
    fields: z.object({ workspaceId, conversionId: z.string() }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 2,
  }),
  /**
   * Handles new deliveries. A stream brings one small job for each of them, which are done as one; a limit for each
   * workspace would have most of them put back and taken up again.
   */
  'handle-deliveries': jobKind({
    fields: z.object({ workspaceId, deliveryIds: z.array(z.number()) }),
    workers: 4,
    batchSize: 64,
    merge([first, ...others]) {
      const ids = new Set([first, ...others].flatMap((job) => job?.deliveryIds ?? []));
      return { workspaceId: first?.workspaceId ?? '', deliveryIds: [...ids].toSorted((a, b) => a - b) };
    },
  }),
  /** Works an import for a turn of about a minute, mostly waiting for Intercom: workspaces must not wait for each other's. */
  'work-batch': jobKind({
    fields: z.object({ workspaceId, batchId: z.string() }),
    workers: 4,
    batchSize: 1,
    perWorkspace: 1,
  }),
  /** Does the runs of one subject that are due, in their order. */
  'work-runs': jobKind({ fields: runsOfSubject, workers: 6, batchSize: 2, perWorkspace: 4 }),
  /** The same for what is written to Intercom, by workers of its own, so that it delays no qualification. */
  'sync-to-intercom': jobKind({ fields: runsOfSubject, workers: 8, batchSize: 2, perWorkspace: 6 }),
  /** Plans the enrollments that waited for the settings of a campaign. */
  'plan-enrollments': jobKind({
    fields: z.object({ workspaceId, campaignId: z.string() }),
    workers: 1,
    batchSize: 2,
    perWorkspace: 1,
  }),
  /** Reads the contacts that a rule is about, so that their first change is noticed. */
  'read-contacts': jobKind({
    fields: z.object({ workspaceId, ruleId: z.string() }),
    workers: 1,
    batchSize: 2,
    perWorkspace: 1,
  }),
  /** Reads a newly linked contact, for the same reason. */
  'read-contact': jobKind({
    fields: z.object({ workspaceId, contactId: z.string() }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 1,
  }),
  /** Reads the person that a webhook named from their referral platform again. */
  'read-member': jobKind({
    fields: z.object({
      ...place,
      hint: z.union([
        z.object({ id: z.string() }),
        z.object({ code: z.string() }),
        z.object({ email: z.string(), campaignId: z.string() }),
      ]),
    }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 2,
  }),
  /** Continues to compare what is copied from a referral platform with what is there. */
  reconcile: jobKind({ fields: z.object(place), workers: 1, batchSize: 2, perWorkspace: 1 }),
  /** Continues work that takes many pages, which is recorded with its place in them. */
  'work-in-pages': jobKind({
    fields: z.object({
      what: z.enum(pageWorkNames),
      workspaceId,
      id: z.string(),
    }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 2,
  }),
};

export type JobName = keyof typeof jobKinds;
type Jobs = { [N in JobName]: { name: N } & z.output<(typeof jobKinds)[N]['fields']> };
export type JobOf<N extends JobName> = Jobs[N];
export type Job = JobOf<JobName>;

export const jobNames = Object.keys(jobKinds) as JobName[];

/** Null for a job that another version of this app enqueued. */
export function readJob(name: JobName, data: unknown): Job | null {
  const fields = jobKinds[name].fields.safeParse(data).data;
  return fields ? ({ name, ...fields } as Job) : null;
}

/** The same key for jobs that are done as one; null for a job that is done by itself. */
export function mergeKey({ name, workspaceId: key }: Job): string | null {
  return jobKinds[name].merge ? key : null;
}

/** The jobs of one `mergeKey` as one job; null for none. */
export function mergeJobs(jobs: readonly Job[]): Job | null {
  const [first] = jobs;
  const merged = first && jobKinds[first.name].merge?.(jobs);
  return merged ? readJob(first.name, merged) : (first ?? null);
}
