// What goes out to Intercom: who granted access, how it is called, the runs, what is written back.

import { shareLink } from '../domain/program/share-link.ts';
import { Failure } from '../failure.ts';
import { createIntercomCall } from '../intercom/call.ts';
import { createContactWriting } from '../intercom/contacts/contact-writing.ts';
import { createGovernor, type Governor } from '../intercom/rate-limit.ts';
import type { Tx } from '../store/database.ts';
import { createRunStore, type EnqueueRuns } from '../store/runs/runs.ts';
import { createWriteBackStore } from '../store/runs/write-back.ts';
import { createSharedWindows } from '../store/shared-windows.ts';
import { createInstallationStore } from '../store/workspace/installations.ts';
import { createSettingsStore } from '../store/workspace/settings.ts';
import { createWriteBack } from '../usecases/runs/write-back.ts';
import type { Ground } from './context.ts';

export type Outgoing = Awaited<ReturnType<typeof buildOutgoing>>;

/** The grants of workspaces, Intercom's API with them, and the runs that everything outgoing goes through. */
export async function buildOutgoing(ground: Ground) {
  const { config, log, now, secrets, hosts, database, queue, closing } = ground;
  const installations = createInstallationStore(database, secrets);
  const { sealedAnew, unreadable } = await installations.sealAnew();
  if (sealedAnew > 0) log.info({ sealedAnew }, 'tokens were sealed with the current APP_SECRET');
  if (unreadable.length > 0)
    log.warn({ unreadable }, 'no APP_SECRET opens these tokens: install there again');
  const enqueueRuns: EnqueueRuns = (tx, jobs, { afterMs = 0 } = {}) =>
    // A little later, so that a job never comes before its run is due.
    queue.enqueueAll(tx, jobs, { afterSeconds: afterMs > 0 ? afterMs / 1000 + 0.05 : 0 });
  const runStore = createRunStore(database, enqueueRuns, now);
  /** Null when the workspace has no usable token. */
  const grantOf = async (workspaceId: string) => {
    const [known, token] = await Promise.all([
      installations.find(workspaceId),
      installations.tokenOf(workspaceId),
    ]);
    return known && token ? { api: hosts.api(known.region), token } : null;
  };
  const governor = createGovernor({ windows: createSharedWindows(database), now, log });
  closing.push(async () => governor.close());
  const callAt = (paceOf: Governor['background']) => async (workspaceId: string) => {
    const granted = await grantOf(workspaceId);
    if (!granted) throw new Failure('unauthorized', 'There is no token for this workspace');
    return createIntercomCall(granted.api, granted.token, undefined, paceOf(workspaceId));
  };
  const callOf = callAt(governor.background);
  /** For work without an end, such as a batch, which gives way to all other work. */
  const bulkCallOf = keptFor(1_000, callAt(governor.bulk));
  const settings = createSettingsStore(database);
  const contactWriting = createContactWriting(callOf);
  const writeBack = createWriteBack<Tx>({
    store: createWriteBackStore(database, ({ code, link }) => link ?? shareLink(config.publicUrl, code)),
    settings,
    runs: runStore,
    intercom: contactWriting,
  });
  return {
    installations,
    enqueueRuns,
    runStore,
    grantOf,
    governor,
    callOf,
    bulkCallOf,
    settings,
    contactWriting,
    writeBack,
  };
}

/** What each workspace was given last, for so many milliseconds: hundreds of calls a second need not read the grant anew. */
function keptFor<T>(milliseconds: number, make: (workspaceId: string) => Promise<T>) {
  const kept = new Map<string, { until: number; made: Promise<T> }>();
  return (workspaceId: string): Promise<T> => {
    const last = kept.get(workspaceId);
    if (last && performance.now() < last.until) return last.made;
    const made = make(workspaceId);
    kept.set(workspaceId, { until: performance.now() + milliseconds, made });
    made.catch(() => kept.delete(workspaceId));
    return made;
  };
}
