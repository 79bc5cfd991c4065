// What a backfill needs of the outside: its own record, the pages on either side, and who is in a campaign already.

import type { Campaign, Page, PageRequest } from '../../domain/program/program.ts';
import type { SeenContact } from '../../domain/qualification/notice.ts';
import type {
  BackfillCounts,
  BackfillState,
  BackfillWanted,
  ContactSelection,
} from '../../domain/repair/backfill.ts';

export type Backfill = {
  id: string;
  workspaceId: string;
  campaignId: string;
  wanted: BackfillWanted;
  state: BackfillState;
  /** Counts what was changed of it, so that of two that did the same page only one writes it down. */
  step: number;
  /** Where the page after the last one begins; null at the beginning. */
  cursor: string | null;
  /** Null until everything is counted. */
  counted: BackfillCounts | null;
  /** Of the counting, or of the pass that is under way or was the last. */
  progress: BackfillCounts;
  /** What it waits for, or why it failed. */
  trouble: string | null;
  requestedBy: string;
  createdAt: Date;
  /** When it was last started or resumed, and how much it had seen then. */
  startedAt: Date | null;
  startedWith: number;
  touchedAt: Date;
  finishedAt: Date | null;
  /** When an ongoing one looks through everything again. */
  nextPassAt: Date | null;
};

export type BackfillChanges = Partial<
  Omit<Backfill, 'id' | 'workspaceId' | 'campaignId' | 'wanted' | 'step' | 'touchedAt'>
>;

export type BackfillKey = { workspaceId: string; id: string };

export type BackfillStore<Tx> = {
  add(tx: Tx, backfill: Omit<Backfill, 'step' | 'touchedAt'>): Promise<void>;
  find(workspaceId: string, id: string): Promise<Backfill | null>;
  /** Newest first. */
  list(workspaceId: string, campaignId: string | undefined, page: PageRequest): Promise<Page<Backfill>>;
  /** Locked until the transaction ends. */
  lock(tx: Tx, key: BackfillKey): Promise<Backfill | null>;
  /** Counts the step. */
  change(tx: Tx, key: BackfillKey, changes: BackfillChanges, at: Date): Promise<void>;
  /** Under way, and not touched since then. */
  abandoned(before: Date): Promise<BackfillKey[]>;
  /** Watching, and to look through everything again by now. */
  due(at: Date): Promise<BackfillKey[]>;
  watching(tx: Tx, workspaceId: string): Promise<{ campaignId: string; selection: ContactSelection }[]>;
};

/** A page of whom a backfill is about, read without a transaction. */
export type BackfillPage<Item> = { items: Item[]; next: string | null };

/** One direction: which pages there are, and what is done about one of them. */
export type BackfillSource<Tx, Item, W extends BackfillWanted = BackfillWanted> = {
  /** Why it has to wait before the next page is done; null to go on. */
  holdUp(backfill: Backfill): Promise<{ waitSeconds: number; why: string } | null>;
  /** Rejects with a Failure when the other side does not tell. */
  page(backfill: Backfill, wanted: W): Promise<BackfillPage<Item>>;
  count(tx: Tx, backfill: Backfill, items: Item[]): Promise<BackfillCounts>;
  carryOut(tx: Tx, backfill: Backfill, items: Item[]): Promise<BackfillCounts>;
};

export type MemberStore<Tx> = {
  /** The contacts among these that are erased, deleted or merged into others. */
  gone(tx: Tx, workspaceId: string, contactIds: readonly string[]): Promise<Set<string>>;
  /** The contacts among these whose people are referrers of the campaign. */
  referrersAmong(
    tx: Tx,
    workspaceId: string,
    campaignId: string,
    contacts: readonly Pick<SeenContact, 'id' | 'externalId' | 'email'>[],
  ): Promise<Set<string>>;
  /** Whoever else is about to make somebody of this contact waits until the transaction ends. */
  lockContact(tx: Tx, workspaceId: string, contactId: string): Promise<void>;
  /** The oldest person who is linked to the contact. */
  linkedTo(tx: Tx, workspaceId: string, contactId: string): Promise<string | null>;
  campaign(tx: Tx, workspaceId: string, id: string): Promise<Campaign | null>;
};
