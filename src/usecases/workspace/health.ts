// How an installation is: answered when Intercom asks, and told when it changes.
import { type Health, healthOf, isSameHealth, type Signs } from '../../domain/workspace/health.ts';
import { Failure } from '../../failure.ts';

type Deps = {
  checks: {
    signs(workspaceId: string): Promise<Signs | null>;
    toTell(before: Date): Promise<{ workspaceId: string; told: Health | null }[]>;
    claimTelling(workspaceId: string, before: Date, at: Date): Promise<boolean>;
    setTold(workspaceId: string, told: Health): Promise<void>;
  };
  /** Rejects with a Failure when Intercom does not take it. */
  tell(workspaceId: string, health: Health): Promise<void>;
  /** Where a teammate mends the connection to the referral platform. */
  connectUrl: string;
  now(): Date;
  log: { warn(fields: object, message: string): void };
};

export type InstallationHealth = ReturnType<typeof createHealth>;

/** How long an Intercom that did not take it is left alone. */
const retryMs = 10 * 60_000;

export function createHealth({ checks, tell, connectUrl, now, log }: Deps) {
  const judge = async (workspaceId: string): Promise<Health> =>
    healthOf(await checks.signs(workspaceId), now(), connectUrl);

  return {
    /** Trouble of ours is UNKNOWN: nothing that a teammate could do something about. */
    async of(workspaceId: string): Promise<Health> {
      try {
        return await judge(workspaceId);
      } catch (error) {
        log.warn({ err: error, workspaceId }, 'the health of an installation could not be found out');
        return { state: 'UNKNOWN' };
      }
    },

    /** The job of every minute. */
    async tick(): Promise<void> {
      const before = new Date(now().getTime() - retryMs);
      for (const { workspaceId, told } of await checks.toTell(before)) {
        const health = await judge(workspaceId);
        if (isSameHealth(health, told)) continue;
        if (!(await checks.claimTelling(workspaceId, before, now()))) continue;
        try {
          await tell(workspaceId, health);
          await checks.setTold(workspaceId, health);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          log.warn(
            { err: error, workspaceId },
            'Intercom could not be told of the health of an installation',
          );
        }
      }
    },
  };
}
