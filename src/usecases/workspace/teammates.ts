// Who may use the console of a workspace: let in, given a role, removed. There is always an administrator left.

import { type Actor, byApp } from '../../domain/workspace/audit.ts';
import type { Identity, Member, Role } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import type { Audit } from './audit.ts';

export type TeammateStore<Tx> = {
  /** Makes them known, with this role when they were not; their name and email are brought up to date. */
  put(tx: Tx, workspaceId: string, who: Identity & { role: Role; at: Date }): Promise<Member>;
  /** Those who are not removed. Also keeps others from changing who is there, until the transaction ends. */
  administrators(tx: Tx, workspaceId: string): Promise<string[]>;
  find(workspaceId: string, teammateId: string, tx?: Tx): Promise<Member | null>;
  /** By name; those who are removed as well. */
  list(workspaceId: string): Promise<Member[]>;
  setRole(tx: Tx, workspaceId: string, teammateId: string, role: Role): Promise<void>;
  /** With their sessions when it is set. */
  setRemoved(tx: Tx, workspaceId: string, teammateId: string, at: Date | null): Promise<void>;
  setChecked(workspaceId: string, teammateId: string, at: Date): Promise<void>;
};

type Deps<Tx> = {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  store: TeammateStore<Tx>;
  installerOf(workspaceId: string): Promise<string | null>;
  /** Their ids, as Intercom knows them now; null when it cannot be asked. */
  idsInIntercom(workspaceId: string): Promise<string[] | null>;
  audit: Audit<Tx>;
  now(): Date;
};

/** What administrators do with them. */
export type ManagedTeammates = Pick<
  ReturnType<typeof createTeammates<unknown>>,
  'list' | 'setRole' | 'remove' | 'restore'
>;

export function createTeammates<Tx>(deps: Deps<Tx>) {
  const { store, audit, now } = deps;

  /** Who installs becomes administrator where there is none; reinstalling raises nobody. */
  async function join(tx: Tx, workspaceId: string, who: Identity, installs: boolean): Promise<Member> {
    const administrators = await store.administrators(tx, workspaceId);
    const first = installs && administrators.length === 0;
    const before = await store.find(workspaceId, who.id, tx);
    const { id, name, email } = who;
    const member = await store.put(tx, workspaceId, {
      ...{ id, name, email, at: now() },
      role: first ? 'administrator' : 'viewer',
    });
    if (first && before !== null) {
      await store.setRole(tx, workspaceId, id, 'administrator');
      await store.setRemoved(tx, workspaceId, id, null);
    }
    if (before === null || first) {
      const role = first ? 'administrator' : 'viewer';
      await audit.record(workspaceId, byApp, `let ${name} in as ${role}`, { teammate: id, role }, tx);
    }
    return member;
  }

  async function change(
    workspaceId: string,
    teammateId: string,
    work: (tx: Tx, member: Member) => Promise<void>,
  ): Promise<void> {
    await deps.transaction(async (tx) => {
      const administrators = await store.administrators(tx, workspaceId);
      const member = await store.find(workspaceId, teammateId, tx);
      if (!member) throw new Failure('not-found', 'There is no such teammate.');
      await work(tx, member);
      const left = await store.administrators(tx, workspaceId);
      if (administrators.length > 0 && left.length === 0) {
        throw new Failure('conflict', 'This is the last administrator. Make somebody else one first.');
      }
    });
  }

  return {
    /** In the transaction that stores the installation. */
    async installed(tx: Tx, workspaceId: string, who: Identity): Promise<void> {
      await join(tx, workspaceId, who, true);
    },

    /** Somebody whose identity Intercom vouches for; null when they were removed. */
    async admit(workspaceId: string, who: Identity): Promise<Member | null> {
      const installer = await deps.installerOf(workspaceId);
      const member = await deps.transaction((tx) => join(tx, workspaceId, who, installer === who.id));
      return member.removedAt === null ? member : null;
    },

    /** False when Intercom no longer knows them: then they are removed. Without an answer they stay. */
    async stillThere(workspaceId: string, teammateId: string): Promise<boolean> {
      const ids = await deps.idsInIntercom(workspaceId);
      if (ids === null) return true;
      await store.setChecked(workspaceId, teammateId, now());
      if (ids.includes(teammateId)) return true;
      await deps.transaction(async (tx) => {
        const member = await store.find(workspaceId, teammateId, tx);
        if (member === null || member.removedAt !== null) return;
        await store.setRemoved(tx, workspaceId, teammateId, now());
        const what = `removed ${member.name}, who is no longer a teammate in Intercom`;
        await audit.record(workspaceId, byApp, what, { teammate: teammateId }, tx);
      });
      return false;
    },

    list: (workspaceId: string) => store.list(workspaceId),

    /** Throws a Failure: `not-found`, or `conflict` when nobody would be administrator. */
    setRole(workspaceId: string, actor: Actor, teammateId: string, role: Role): Promise<void> {
      return change(workspaceId, teammateId, async (tx, { name, role: before }) => {
        if (before === role) return;
        await store.setRole(tx, workspaceId, teammateId, role);
        const what = `changed the role of ${name} from ${before} to ${role}`;
        await audit.record(workspaceId, actor, what, { teammate: teammateId, before, after: role }, tx);
      });
    },

    /** Their sessions end at once. Throws as above. */
    remove(workspaceId: string, actor: Actor, teammateId: string): Promise<void> {
      return change(workspaceId, teammateId, async (tx, { name, removedAt }) => {
        if (removedAt !== null) return;
        await store.setRemoved(tx, workspaceId, teammateId, now());
        await audit.record(workspaceId, actor, `removed ${name}`, { teammate: teammateId }, tx);
      });
    },

    /** Lets somebody who was removed in again, as a viewer. */
    restore(workspaceId: string, actor: Actor, teammateId: string): Promise<void> {
      return change(workspaceId, teammateId, async (tx, { name, removedAt }) => {
        if (removedAt === null) return;
        await store.setRole(tx, workspaceId, teammateId, 'viewer');
        await store.setRemoved(tx, workspaceId, teammateId, null);
        const what = `let ${name} in again as viewer`;
        await audit.record(workspaceId, actor, what, { teammate: teammateId }, tx);
      });
    },
  };
}
