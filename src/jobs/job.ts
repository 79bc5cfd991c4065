// Every kind of job: its payload and its concurrency per process. wiring/jobs.ts has the handlers.
import { z } from 'zod';
import { pageWorkNames } from '../domain/page-work.ts';
import { platformName } from '../domain/program/referral.ts';

type JobKind<S extends z.ZodObject> = {
  fields: S;
  /** Workers per process, and how many jobs each takes at once. */
  workers: number;
  batchSize: number;
  /** The most that one workspace may use, so that workers stay free for others. */
  perWorkspace?: number;
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
  /** Finishes a conversion after a crash, or after an unknown outcome at Intercom. */
  'settle-conversion': jobKind({
    fields: z.object({ workspaceId, conversionId: z.string() }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 2,
  }),
  /**
   * Few deliveries each; these are merged, but no more than are handled within `expireInSeconds`, after which the
   * queue starts them again beside this attempt. `perWorkspace` would requeue most of them.
   */
  'handle-deliveries': jobKind({
    fields: z.object({ workspaceId, deliveryIds: z.array(z.number()) }),
    workers: 4,
    batchSize: 8,
    merge([first, ...others]) {
      const ids = new Set([first, ...others].flatMap((job) => job?.deliveryIds ?? []));
      return { workspaceId: first?.workspaceId ?? '', deliveryIds: [...ids].toSorted((a, b) => a - b) };
    },
  }),
  /** Takes about a minute, mostly waiting for Intercom, so one workspace must not block another. */
  'work-import': jobKind({
    fields: z.object({ workspaceId, importId: z.string() }),
    workers: 4,
    batchSize: 1,
    perWorkspace: 1,
  }),
  'work-runs': jobKind({ fields: runsOfSubject, workers: 6, batchSize: 2, perWorkspace: 4 }),
  /**
   * Like `work-runs`, with separate workers so that writes to Intercom never delay qualification. `more` are other subjects of
   * the workspace, worked at the same time: while one waits for Intercom's answer, others send, and they share statements.
   */
  'sync-to-intercom': jobKind({
    fields: runsOfSubject.extend({ more: z.array(z.string()).optional() }),
    workers: 8,
    batchSize: 2,
    perWorkspace: 6,
  }),
  'plan-enrollments': jobKind({
    fields: z.object({ workspaceId, campaignId: z.string() }),
    workers: 1,
    batchSize: 2,
    perWorkspace: 1,
  }),
  /** Reads a newly linked contact, so that its first change is noticed. */
  'read-contact': jobKind({
    fields: z.object({ workspaceId, contactId: z.string() }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 1,
  }),
  /** Reads a contact that Fin asked about and that was never seen, as if a notification had come. */
  'learn-contact': jobKind({
    fields: z.object({ workspaceId, contactId: z.string().nullable(), externalId: z.string().nullable() }),
    workers: 2,
    batchSize: 2,
    perWorkspace: 2,
  }),
  'copy-person': jobKind({
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
  reconcile: jobKind({ fields: z.object(place), workers: 1, batchSize: 2, perWorkspace: 1 }),
  /** Continues paged work; its row records the position. */
  'work-in-pages': jobKind({
    fields: z.object({
      ...{ what: z.enum(pageWorkNames), workspaceId, id: z.string() },
      /** How often in a row the page failed already. */
      failures: z.int().optional(),
    }),
    workers: 3,
    batchSize: 2,
    perWorkspace: 3,
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

/** Jobs with the same key are merged; null for a job that runs alone. */
export function mergeKey({ name, workspaceId: key }: Job): string | null {
  return jobKinds[name].merge ? key : null;
}

export function mergeJobs(jobs: readonly Job[]): Job | null {
  const [first] = jobs;
  const merged = first && jobKinds[first.name].merge?.(jobs);
  return merged ? readJob(first.name, merged) : (first ?? null);
}
