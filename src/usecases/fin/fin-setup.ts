// Sets Fin up in Intercom: creates the data connectors as drafts, and switches them live or back.
import type { Context } from '../../context.ts';
import { type Connector, connectorsFor } from '../../domain/fin/connectors.ts';
import { dayMs } from '../../domain/time-units.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { Failure } from '../../failure.ts';
import {
  finConnectorsOf,
  forgetFinConnector,
  type StoredConnector,
  saveFinConnector,
  setFinConnectorState,
} from '../../store/fin/fin-connectors.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { query } from '../query.ts';
import { rethrowToCaller } from '../trouble.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { issueFinKey, revokeFinKey } from './fin-keys.ts';

export type { Connector } from '../../domain/fin/connectors.ts';
export type { StoredConnector } from '../../store/fin/fin-connectors.ts';

export const listFinConnectors = query(finConnectorsOf);

/** As the settings are now, for the set-up and for its sheet. */
export async function plannedConnectors(ctx: Context, workspaceId: string): Promise<Connector[]> {
  const { fin } = await readSettings(ctx.database.db, workspaceId);
  return connectorsFor(ctx.config.publicUrl, fin);
}

/** `refused`: Intercom does not let the app, or a call failed; nothing that was created is live. */
export type SetupOutcome =
  | { outcome: 'created'; connectors: number }
  | { outcome: 'refused'; why: string; isAboutScope: boolean };

/**
 * Creates what is missing, and changes what is there to be as planned. All of it has a new key; the earlier one of the
 * set-up ends when every connector has the new one. Repeating it repairs what an earlier try left.
 */
export async function createConnectors(
  ctx: Context,
  workspaceId: string,
  actor: Actor,
): Promise<SetupOutcome> {
  const { agents } = ctx.intercom;
  const { db } = ctx.database;
  const { fin } = await readSettings(db, workspaceId);
  const planned = connectorsFor(ctx.config.publicUrl, fin);
  const before = await finConnectorsOf(db, workspaceId);
  try {
    const present = await agents.listConnectors(workspaceId);
    const { key, id: keyId } = await issueFinKey(ctx, workspaceId, 'Data connectors in Intercom', actor);
    const made: StoredConnector[] = [];
    try {
      for (const connector of planned) {
        const known = present.find(
          ({ id, name }) =>
            name === connector.title ||
            before.some((each) => each.name === connector.name && each.connectorId === id),
        );
        const passcode = fin.one_time_passcode;
        const saved = await agents.saveConnector(workspaceId, known?.id ?? null, connector, {
          key,
          passcode,
        });
        const { name } = connector;
        made.push({ name, connectorId: saved.id, keyId, state: saved.state, createdAt: ctx.now() });
      }
    } catch (error) {
      // What has the new key keeps it; without any, nothing uses it.
      if (made.length === 0) await revokeFinKey(ctx, workspaceId, keyId, actor);
      else await keep(ctx, workspaceId, made, actor);
      throw error;
    }
    await keep(ctx, workspaceId, made, actor);
    for (const earlier of new Set(before.map((each) => each.keyId)))
      await revokeFinKey(ctx, workspaceId, earlier, actor);
    return { outcome: 'created', connectors: made.length };
  } catch (error) {
    return refusalOf(error);
  }
}

function keep(
  ctx: Context,
  workspaceId: string,
  made: readonly StoredConnector[],
  actor: Actor,
): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    for (const connector of made) await saveFinConnector(tx, workspaceId, connector);
    const count = made.length;
    await recordAudit(ctx, tx, workspaceId, actor, 'fin_connectors.create', null, { count });
  });
}

function refusalOf(error: unknown): SetupOutcome {
  if (!(error instanceof Failure)) throw error;
  const isAboutScope = error.code === 'forbidden' || error.code === 'unauthorized';
  return { outcome: 'refused', why: error.message, isAboutScope };
}

/** Rejects with a Failure when Intercom does. What is gone there is forgotten. Returns how many were switched. */
export async function switchConnectors(
  ctx: Context,
  workspaceId: string,
  state: 'draft' | 'live',
  actor: Actor,
): Promise<number> {
  const stored = await finConnectorsOf(ctx.database.db, workspaceId);
  const switched: StoredConnector['name'][] = [];
  const gone: StoredConnector['name'][] = [];
  try {
    for (const { name, connectorId } of stored.filter((each) => each.state !== state)) {
      const found = await ctx.intercom.agents
        .switchConnector(workspaceId, connectorId, state)
        .catch(rethrowToCaller);
      (found === null ? gone : switched).push(name);
    }
  } finally {
    if (switched.length + gone.length > 0)
      await ctx.database.transaction(async (tx) => {
        for (const name of switched) await setFinConnectorState(tx, workspaceId, name, state);
        for (const name of gone) await forgetFinConnector(tx, workspaceId, name);
        const details = { count: switched.length, state: state === 'live' ? 'live' : 'back to draft' };
        await recordAudit(ctx, tx, workspaceId, actor, 'fin_connectors.switch', null, details);
      });
  }
  return switched.length;
}

export type ExecutionSummary = {
  name: StoredConnector['name'];
  executions: number;
  failed: number;
  /** How often each error came, the most frequent first. */
  errors: [type: string, count: number][];
};

/** Of Intercom's own log, for the last day; null where it cannot be read. */
export async function readExecutionLog(
  ctx: Context,
  workspaceId: string,
): Promise<ExecutionSummary[] | null> {
  const since = new Date(ctx.now().getTime() - dayMs);
  const summaries: ExecutionSummary[] = [];
  for (const { name, connectorId } of await finConnectorsOf(ctx.database.db, workspaceId)) {
    const read = await ctx.intercom.agents
      .readExecutions(workspaceId, connectorId, since)
      .catch((error: unknown) => refusedToRead(error));
    if (read === 'refused') return null;
    const failed = (read ?? []).filter(({ success }) => !success);
    const byType = Map.groupBy(failed, ({ error_type }) => error_type ?? 'unknown');
    const errors = [...byType].map(([type, list]): [string, number] => [type, list.length]);
    errors.sort((left, right) => right[1] - left[1]);
    summaries.push({ name, executions: read?.length ?? 0, failed: failed.length, errors });
  }
  return summaries;
}

function refusedToRead(error: unknown): 'refused' {
  if (error instanceof Failure) return 'refused';
  throw error;
}
