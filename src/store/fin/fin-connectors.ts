// The data connectors that the set-up created in a workspace's Intercom.
import { asc, eq } from 'drizzle-orm';
import type { ConnectorName } from '../../domain/fin/question.ts';
import type { Queryable, Tx } from '../database.ts';
import { owned } from '../owned.ts';
import { finConnectors } from './schema-fin.ts';

export type StoredConnector = Omit<typeof finConnectors.$inferSelect, 'workspaceId'>;

export function finConnectorsOf(db: Queryable, workspaceId: string): Promise<StoredConnector[]> {
  return db
    .select({
      name: finConnectors.name,
      connectorId: finConnectors.connectorId,
      keyId: finConnectors.keyId,
      state: finConnectors.state,
      createdAt: finConnectors.createdAt,
    })
    .from(finConnectors)
    .where(eq(finConnectors.workspaceId, workspaceId))
    .orderBy(asc(finConnectors.createdAt), asc(finConnectors.name));
}

export async function saveFinConnector(
  tx: Tx,
  workspaceId: string,
  connector: StoredConnector,
): Promise<void> {
  const { connectorId, keyId, state } = connector;
  await tx
    .insert(finConnectors)
    .values({ workspaceId, ...connector })
    .onConflictDoUpdate({
      target: [finConnectors.workspaceId, finConnectors.name],
      set: { connectorId, keyId, state },
    });
}

export async function setFinConnectorState(
  tx: Tx,
  workspaceId: string,
  name: ConnectorName,
  state: 'draft' | 'live',
): Promise<void> {
  await tx.update(finConnectors).set({ state }).where(owned(finConnectors, { workspaceId, name }));
}

export async function forgetFinConnector(tx: Tx, workspaceId: string, name: ConnectorName): Promise<void> {
  await tx.delete(finConnectors).where(owned(finConnectors, { workspaceId, name }));
}
