// What is known of who asks through Fin, by the names that the request gives.
import { sql } from 'drizzle-orm';
import type { AskingContact, NamedBy } from '../../domain/fin/identity.ts';
import { emailKey, idKey } from '../../domain/identity.ts';
import type { WorkspaceSettings } from '../../domain/workspace/settings.ts';
import { workspaceSettings } from '../../domain/workspace/settings.ts';
import type { Queryable } from '../database.ts';

export type FinIdentity = {
  isInstalled: boolean;
  timeZone: string;
  identityVerification: boolean;
  settings: WorkspaceSettings['fin'];
  /** Of user tokens. */
  sealedSecrets: string[];
  contact: AskingContact | null;
  withExternalId: AskingContact[];
  withEmail: (AskingContact | null)[];
  /** Whether enough was read of the contact that was named to say whether it is a user with an external ID. */
  isContactKnown: boolean;
};

type Row = {
  status: string;
  time_zone: string;
  identity_verification: boolean | null;
  settings: unknown;
  sealed_secrets: string[] | null;
  contact: ContactColumns | null;
  with_external_id: ContactColumns[] | null;
  with_email: (ContactColumns | null)[] | null;
};
type ContactColumns = [
  id: string,
  role: AskingContact['role'],
  externalId: string | null,
  isExternalIdRead: boolean,
];

const columns = (alias: string) =>
  sql.raw(
    `json_build_array(${alias}.contact_id, ${alias}.role, ${alias}.values ->> 'external_id', ${alias}.values ? 'external_id')`,
  );

/** Null for a workspace that is not known. More than two contacts of one ID or email say no more than two. */
export async function findFinIdentity(
  db: Pick<Queryable, 'execute'>,
  workspaceId: string,
  { contactId, userId, email }: NamedBy,
): Promise<FinIdentity | null> {
  const { rows } = await db.execute<Row>(sql`
    select i.status, i.time_zone, i.identity_verification, s.settings,
      (select array_agg(sealed_secret) from user_token_secrets where workspace_id = i.workspace_id) as sealed_secrets,
      (
        select ${columns('k')} from contacts k
        where k.workspace_id = i.workspace_id and k.deleted_at is null and k.merged_into is null
          and k.seen_at > 'epoch' and k.contact_id = coalesce(
            (select merged_into from contacts where workspace_id = i.workspace_id and contact_id = ${contactId}),
            ${contactId})
      ) as contact,
      (
        select json_agg(${columns('k')}) from (
          select * from contacts where workspace_id = i.workspace_id and values ->> 'external_id' = ${idKey(userId)}
            and deleted_at is null and merged_into is null limit 2
        ) k
      ) as with_external_id,
      (
        select json_agg(case when p.contact_id is null then null else ${columns('k')} end) from (
          select * from people where workspace_id = i.workspace_id and email = ${emailKey(email)} limit 2
        ) p
        left join contacts k on k.workspace_id = p.workspace_id and k.contact_id = p.contact_id
          and k.deleted_at is null and k.merged_into is null
      ) as with_email
    from installations i
    left join settings s on s.workspace_id = i.workspace_id
    where i.workspace_id = ${workspaceId}`);
  const [row] = rows;
  if (!row) return null;
  return {
    isInstalled: row.status === 'active',
    timeZone: row.time_zone,
    identityVerification: row.identity_verification === true,
    settings: workspaceSettings.parse(row.settings ?? {}).fin,
    sealedSecrets: row.sealed_secrets ?? [],
    contact: row.contact && toContact(row.contact),
    withExternalId: (row.with_external_id ?? []).map(toContact),
    withEmail: (row.with_email ?? []).map((each) => (each?.[0] ? toContact(each) : null)),
    isContactKnown: row.contact !== null && (row.contact[1] === 'lead' || row.contact[3]),
  };
}

function toContact([id, role, externalId]: ContactColumns): AskingContact {
  return { id, role, externalId };
}
