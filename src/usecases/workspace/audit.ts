// The audit log for use cases that are still objects. Functions call `recordAudit`.
import type { Page, PageRequest } from '../../domain/program/program.ts';
import {
  type Actor,
  type AuditEntry,
  byTeammate as asTeammate,
  byCommand,
} from '../../domain/workspace/audit.ts';
import type { NewAuditEntry } from '../../store/workspace/audit.ts';

export type { Actor, AuditEntry } from '../../domain/workspace/audit.ts';
export const byTeammate = asTeammate;
export const byOperator = byCommand;

export type Audit<Tx> = {
  record(
    workspaceId: string,
    actor: Actor,
    action: string,
    details?: Record<string, unknown>,
    tx?: Tx,
  ): Promise<void>;
  list(workspaceId: string, page: PageRequest): Promise<Page<AuditEntry>>;
};
export type AuditTrail = Pick<Audit<never>, 'record' | 'list'>;

export type AuditStore<Tx> = {
  add(workspaceId: string, entry: NewAuditEntry, tx: Tx | null): Promise<void>;
  list(workspaceId: string, page: PageRequest): Promise<Page<AuditEntry>>;
};

export function createAudit<Tx>({ store, now }: { store: AuditStore<Tx>; now(): Date }): Audit<Tx> {
  return {
    record: (workspaceId, actor, action, details = {}, tx) =>
      store.add(workspaceId, { at: now(), actor, action, subject: null, details }, tx ?? null),
    list: store.list,
  };
}
