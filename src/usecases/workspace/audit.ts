// The log of every change: who did what to the workspace, and what it was before.
import type { Page, PageRequest } from '../../domain/program/program.ts';

/** `id` is a teammate's or an access token's. */
export type Actor =
  | { kind: 'teammate' | 'api'; id: string; name: string }
  | { kind: 'intercom' | 'app'; id: null; name: string };

export type AuditEntry = {
  id: string;
  at: Date;
  actor: Actor;
  /** Without its subject: "changed the role of Dana Reed to administrator". */
  what: string;
  details: Record<string, unknown>;
};

export type Audit<Tx> = {
  /**
   * To be called in the transaction of the change, so that there is never one without the other. `details` is for
   * before and after, and must hold no secret.
   */
  record(
    workspaceId: string,
    actor: Actor,
    what: string,
    details?: Record<string, unknown>,
    tx?: Tx,
  ): Promise<void>;
  /** Newest first; `after` is read by its id. */
  list(workspaceId: string, page: PageRequest): Promise<Page<AuditEntry>>;
};
/** For whoever has no transaction at hand: what they do is one by itself. */
export type AuditTrail = Pick<Audit<never>, 'record' | 'list'>;

export type AuditStore<Tx> = {
  add(workspaceId: string, entry: Omit<AuditEntry, 'id'>, tx: Tx | null): Promise<void>;
  list(workspaceId: string, page: PageRequest): Promise<Page<AuditEntry>>;
};

export function createAudit<Tx>({ store, now }: { store: AuditStore<Tx>; now(): Date }): Audit<Tx> {
  return {
    record: (workspaceId, actor, what, details = {}, tx) =>
      store.add(workspaceId, { at: now(), actor, what, details }, tx ?? null),
    list: store.list,
  };
}

/** Whoever is signed in, as the one who did something. */
export function byTeammate({ teammate }: { teammate: { id: string; name: string } }): Actor {
  return { kind: 'teammate', id: teammate.id, name: teammate.name };
}

export const byIntercom: Actor = { kind: 'intercom', id: null, name: 'Intercom' };
/** Whoever is at the machine that the app runs on. */
export const byOperator: Actor = { kind: 'app', id: null, name: 'The command line' };
export const byApp: Actor = { kind: 'app', id: null, name: 'Referral Desk' };
