// Who looks at a card in the Messenger, and the campaigns around them, in one query for all concurrent requests.
import type pg from 'pg';
import type { CampaignStanding } from '../../domain/campaigns/campaign-state.ts';
import type { Language } from '../../domain/languages/language.ts';
import { noWording, type Wording } from '../../domain/messenger/wording.ts';
import type { JoinPage } from '../../domain/program/join-page.ts';
import type { PlatformName } from '../../domain/program/referral.ts';
import type { CampaignRewards } from '../../domain/rewards/reward.ts';
import { type WorkspaceSettings, workspaceSettings } from '../../domain/workspace/settings.ts';
import type { installations } from '../schema.ts';
import { batched } from '../shared-query.ts';

export type MemberKey = {
  workspaceId: string;
  language: Language;
  /** Null for an unproven visitor: no personal data is read then. */
  user: { contactId: string; externalId: string } | null;
};

export type ShownCampaign = {
  id: string;
  name: string;
  platform: PlatformName;
  slug: string;
  joinPage: JoinPage;
  rewards: CampaignRewards;
  standing: Omit<CampaignStanding, 'timeZone'>;
  wording: Wording;
};
export type Membership = { referrerId: string; campaign: ShownCampaign; code: string; link: string | null };
export type MemberPerson = {
  id: string;
  name: string | null;
  email: string | null;
  externalId: string | null;
};

export type MemberAnswer = {
  /** Null where the app is not installed. */
  workspace: {
    timeZone: string;
    identityVerification: boolean;
    settings: WorkspaceSettings['messenger'];
    /** Of user tokens. */
    sealedSecrets: string[];
  } | null;
  /** In Intercom's verification alone; none while it is off. */
  people: MemberPerson[];
  /** Newest first. */
  memberships: Membership[];
  /** Not archived, newest first, at most `campaignLimit`. */
  campaigns: ShownCampaign[];
};

/** More than a card can list. */
export const campaignLimit = 20;

const campaignColumns = `c.id, c.name, c.platform, c.slug, c.join_page, c.rewards, c.paused_at, c.ends_on, c.archived_at,
  (select w.words from messenger_wordings w where w.workspace_id = c.workspace_id and w.campaign_id = c.id
    and w.language = asked.language)`;

// A person is found by Intercom's verified external ID, or by the stored link unless that person has another one. Never by
// email: people can change their own in some workspaces. What a teammate unlinked stays unlinked.
const statement = `
  select asked.n::int as n, i.status, i.time_zone, i.identity_verification, s.settings -> 'messenger' as settings,
    (select array_agg(sealed_secret) from user_token_secrets where workspace_id = asked.workspace_id) as sealed_secrets,
    person.list as people, joined.list as memberships, open.list as campaigns
  from unnest((select $1::text[]), (select $2::text[]), (select $3::text[]), (select $4::text[]))
    with ordinality as asked (workspace_id, contact_id, external_id, language, n)
  left join installations i on i.workspace_id = asked.workspace_id
  left join settings s on s.workspace_id = asked.workspace_id
  left join lateral (
    select array_agg(id) as ids, json_agg(json_build_array(id, name, email, external_id) order by created_at, id) as list
    from (
      select id, name, email, external_id, created_at from people
      where workspace_id = asked.workspace_id and contact_id = asked.contact_id
        and (external_id is null or external_id = asked.external_id)
      union
      select id, name, email, external_id, created_at from people
      where workspace_id = asked.workspace_id and external_id = asked.external_id
        and not (contact_id is null and exists (select from referrals r
          join referral_history h on h.workspace_id = r.workspace_id and h.referral_id = r.id and h.what = 'linked'
          where r.workspace_id = people.workspace_id and r.person_id = people.id
            and h."from" = asked.contact_id and h."to" is null))
      limit 20
    ) found
    where i.identity_verification
  ) person on true
  left join lateral (
    select json_agg(json_build_array(f.id, f.code, f.link, ${campaignColumns}) order by f.joined_at desc, f.id) as list
    from referrers f
    join campaigns c on c.workspace_id = f.workspace_id and c.id = f.campaign_id
    where f.workspace_id = asked.workspace_id and f.person_id = any(person.ids)
  ) joined on true
  left join lateral (
    select json_agg(json_build_array(${campaignColumns}) order by c.created_at desc, c.id) as list
    from (
      select * from campaigns where workspace_id = asked.workspace_id and archived_at is null
      order by created_at desc, id limit ${campaignLimit}
    ) c
  ) open on true`;

type CampaignColumns = [
  id: string,
  name: string,
  platform: PlatformName,
  slug: string,
  joinPage: JoinPage,
  rewards: CampaignRewards,
  pausedAt: string | null,
  endsOn: string | null,
  archivedAt: string | null,
  words: Partial<Wording> | null,
];

type Row = {
  n: number;
  status: (typeof installations.$inferSelect)['status'] | null;
  time_zone: string;
  identity_verification: boolean;
  settings: unknown;
  sealed_secrets: string[] | null;
  people: [id: string, name: string | null, email: string | null, externalId: string | null][] | null;
  memberships: [id: string, code: string, link: string | null, ...CampaignColumns][] | null;
  campaigns: CampaignColumns[] | null;
};

/** Concurrent reads share one query. Rejects when the database does not answer within 1.5 seconds. */
export function createMemberReader(database: { pool: pg.Pool }): (key: MemberKey) => Promise<MemberAnswer> {
  async function load(keys: MemberKey[]): Promise<MemberAnswer[]> {
    const columns = [
      keys.map(({ workspaceId }) => workspaceId),
      keys.map(({ user }) => user?.contactId ?? null),
      keys.map(({ user }) => user?.externalId ?? null),
      keys.map(({ language }) => language),
    ];
    const query = { name: 'messenger', text: statement, values: columns, query_timeout: 1_500 };
    const { rows } = await database.pool.query<Row>(query);
    const answers = keys.map(
      (): MemberAnswer => ({ workspace: null, people: [], memberships: [], campaigns: [] }),
    );
    for (const row of rows) if (answers[row.n - 1]) answers[row.n - 1] = toAnswer(row);
    return answers;
  }
  return batched(load, { perRound: 64, roundsAtOnce: 1, keyOf: (key) => JSON.stringify(key) });
}

function toAnswer(row: Row): MemberAnswer {
  return {
    workspace:
      row.status === 'active'
        ? {
            timeZone: row.time_zone,
            identityVerification: row.identity_verification,
            settings: workspaceSettings.shape.messenger.parse(row.settings ?? {}),
            sealedSecrets: row.sealed_secrets ?? [],
          }
        : null,
    people: (row.people ?? []).map(([id, name, email, externalId]) => ({ id, name, email, externalId })),
    memberships: (row.memberships ?? []).map(([referrerId, code, link, ...campaign]) => ({
      referrerId,
      code,
      link,
      campaign: toCampaign(campaign),
    })),
    campaigns: (row.campaigns ?? []).map(toCampaign),
  };
}

function toCampaign([
  id,
  name,
  platform,
  slug,
  joinPage,
  rewards,
  pausedAt,
  endsOn,
  archivedAt,
  words,
]: CampaignColumns): ShownCampaign {
  const at = (moment: string | null) => (moment === null ? null : new Date(moment));
  return {
    ...{ id, name, platform, slug, joinPage, rewards },
    standing: { pausedAt: at(pausedAt), endsOn, archivedAt: at(archivedAt) },
    wording: { ...noWording, ...words },
  };
}
