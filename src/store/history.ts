// The history of a referral, in the words that the card shows.
import { and, desc, eq } from 'drizzle-orm';
import type { InboxDeps } from '../usecases/inbox.ts';
import type { Database } from './database.ts';
import { referralHistory } from './schema.ts';

type Row = typeof referralHistory.$inferSelect;

// More than a card can show; it says that there is more.
const most = 50;

export function createHistoryStore({ db }: Pick<Database, 'db'>): InboxDeps['history'] {
  return {
    async of(workspaceId, referralId) {
      const rows = await db
        .select()
        .from(referralHistory)
        .where(and(eq(referralHistory.workspaceId, workspaceId), eq(referralHistory.referralId, referralId)))
        .orderBy(desc(referralHistory.id))
        .limit(most);
      return rows.map((row) => ({ at: row.at, what: whatIn(row), actor: actorIn(row), reason: row.reason }));
    },
  };
}

function whatIn(row: Row): string {
  switch (row.what) {
    case 'joined':
      return 'Joined the campaign';
    case 'status':
      return row.from ? `${capital(row.from)} to ${row.to}` : capital(row.to ?? '');
    case 'reward':
      return row.from ? `Reward ${row.from} to ${row.to}` : `Reward ${row.to}`;
    case 'converted':
      return 'Converted from lead to user';
    case 'linked':
      return 'Linked to this contact';
  }
}

const actors: Record<Row['actor'], string> = {
  teammate: 'A teammate',
  api: 'The API',
  rule: 'A rule',
  platform: 'The referral platform',
  person: 'The person',
  app: 'Referral Desk',
};

function actorIn(row: Row): string {
  return row.actorName ?? actors[row.actor];
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
