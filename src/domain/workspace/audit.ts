// The audit log: who can make a change, and every action that leaves an entry, with the words it is shown in.

export const actorKinds = ['teammate', 'api', 'rule', 'command', 'intercom', 'app'] as const;
export type ActorKind = (typeof actorKinds)[number];

/** `id` is a teammate's, an API token's or a rule's. */
export type Actor =
  | { kind: 'teammate' | 'api' | 'rule'; id: string; name: string }
  | { kind: 'command' | 'intercom' | 'app'; id: null; name: string };

export type IdentifiedActor = Extract<Actor, { id: string }>;
export type ApiActor = { kind: 'api'; id: string; name: string };

export const byIntercom: Actor = { kind: 'intercom', id: null, name: 'Intercom' };
export const byFin: Actor = { kind: 'intercom', id: null, name: 'Fin' };
export const byCommand: Actor = { kind: 'command', id: null, name: 'The command line' };
export const byApp: Actor = { kind: 'app', id: null, name: 'Referral Desk' };

export function byTeammate({ teammate }: { teammate: { id: string; name: string } }): IdentifiedActor {
  return { kind: 'teammate', id: teammate.id, name: teammate.name };
}

export function byRule({ id, name }: { id: string; name: string }): Actor {
  return { kind: 'rule', id, name };
}

/**
 * `{name}` is an entry of the details, `{count:run|runs}` a number with its noun. Words and details never name a
 * person of the program, because entries cannot be rewritten after an erasure. The subject's id identifies them.
 */
export const auditActions = {
  'alerts.add_channel': 'added the alert channel “{name}”',
  'alerts.choose': 'chose which alerts to get: {topics}',
  'alerts.remove_channel': 'removed the alert channel “{name}”',
  'api_token.create': 'created the API token “{name}”',
  'api_token.revoke': 'revoked the API token “{name}”',
  'assistant.connect': 'connected the AI assistant “{name}”',
  'assistant.disconnect': 'disconnected the AI assistant “{name}”',
  'attributes.create': 'created in Intercom: {names}',
  'backfill.cancel': 'canceled a backfill',
  'backfill.confirm': 'confirmed a backfill',
  'backfill.pause': 'paused a backfill',
  'backfill.resume': 'resumed a backfill',
  'backfill.start': 'started a backfill',
  'campaign.archive': 'archived the campaign {name}',
  'campaign.change': 'changed the campaign {name}',
  'campaign.create': 'created the campaign {name}',
  'campaign.discard_draft': 'discarded the draft of the campaign {name}',
  'campaign.duplicate': 'duplicated the campaign {before} as {name}',
  'campaign.draft': 'changed the draft of the campaign {name}',
  'campaign.pause': 'paused the campaign {name}',
  'campaign.publish': 'published version {version} of the campaign {name}',
  'campaign.resume': 'resumed the campaign {name}',
  'campaign.set_end': 'changed the last day of the campaign {name} from {before} to {after}',
  'campaign.unarchive': 'unarchived the campaign {name}',
  'connection.change_secret': 'created a new webhook secret for {name}',
  'connection.compare': 'started a sync with {name}',
  'connection.connect': 'connected {name}',
  'contact.archive': 'archived a contact',
  'contact.attach_company': 'attached a contact to a company',
  'contact.convert': 'converted a lead to a user',
  'contact.create': 'created a contact',
  'contact.delete': 'deleted a contact',
  'contact.note': 'left a note on a contact',
  'contact.tag': 'changed the tags of a contact',
  'contact.track_event': 'tracked an event for a contact',
  'contact.unarchive': 'unarchived a contact',
  'contact.update': 'updated a contact',
  'deliveries.replay': 'replayed {count:failed delivery|failed deliveries}',
  'deliveries.dismiss': 'dismissed {count:failed delivery|failed deliveries}',
  'delivery.dismiss': 'dismissed a failed delivery',
  'delivery.replay': 'replayed a delivery',
  'enrollment.retry': 'retried an enrollment',
  'erasure.start': 'erased a person',
  'export.download': 'exported {name}',
  'fin_connectors.create': 'created {count:data connector|data connectors} for Fin in Intercom',
  'fin_connectors.switch': 'switched {count:data connector|data connectors} for Fin {state}',
  'fin_key.create': 'created the connector key “{name}”',
  'fin_key.revoke': 'revoked the connector key “{name}”',
  'import.cancel': 'canceled an import',
  'import.create': 'uploaded an import of {count:row|rows}',
  'import.pause': 'paused an import',
  'import.resume': 'resumed an import',
  'import.retry': 'retried the failed rows of an import',
  'import.start': 'started an import',
  'installation.install': 'installed the app',
  'installation.uninstall': 'uninstalled the app',
  'messenger.change_wording': 'changed the Messenger wording of the campaign {name} in {language}',
  'people_import.cancel': 'canceled a people import',
  'people_import.confirm': 'confirmed a people import of {count:person|people} for the campaign {campaign}',
  'people_import.create': 'uploaded a people import of {count:row|rows} for the campaign {campaign}',
  'people_import.map': 'chose the columns of a people import',
  'people_import.resume': 'resumed a people import',
  'people_import.undo': 'undid a people import for the campaign {campaign}',
  'person.link': 'linked a person to a contact',
  'person.unlink': 'unlinked a person from a contact',
  'platform_reward.cancel': 'canceled the reward {id} on {platform}',
  'platform_reward.issue': 'issued the reward {id} on {platform}',
  'recovery.resume': 'resumed a recovery of missed deliveries',
  'receipts.issue': 'started to issue {count:reward|rewards} from uploaded receipts',
  'referral.create': 'added a referral to the campaign {campaign}',
  'referral.disqualify': 'disqualified a referral',
  'referral.expire': 'expired a referral',
  'referral.qualify': 'qualified a referral',
  'referral.reopen': 'set a referral back to pending',
  'referral.undo_credit': 'undid a manual credit in the campaign {campaign}',
  'referral.remove': 'removed a referral that an import added to the campaign {campaign}',
  'referrer.create': 'added a referrer to the campaign {campaign}',
  'referrer.remove': 'removed a referrer that an import added to the campaign {campaign}',
  'referrer.resend_link': 'resent a share link',
  'reward.approve': 'approved a reward in the campaign {campaign}',
  'reward.cancel': 'canceled a reward in the campaign {campaign}',
  'reward.issue': 'issued a reward in the campaign {campaign}',
  'reward.send': 'sent a reward of the campaign {campaign} to the reward webhook',
  'rewards.change': 'started to {change} {count:reward|rewards} in bulk',
  'reward.undo': 'undid a change of a reward in the campaign {campaign}',
  'reward_webhook.remove': 'removed the reward webhook',
  'reward_webhook.rotate': 'created a new signing secret for the reward webhook',
  'reward_webhook.set': 'set the address of the reward webhook',
  'review.decide': 'decided a review',
  'review.report_missing': 'reported a missing referral',
  'rule.apply': 'applied the rule {name} to pending referrals',
  'rule.change': 'changed the rule {name}',
  'rule.create': 'created the rule {name}',
  'rule.delete': 'deleted the rule {name}',
  'run.dismiss': 'dismissed a failed run',
  'run.retry': 'retried a run',
  'runs.dismiss': 'dismissed {count:failed run|failed runs}',
  'runs.retry': 'retried {count:failed run|failed runs}',
  'session.end': 'signed out one of their browsers',
  'session.start': 'signed in',
  'session.end_all': 'signed out all of their browsers',
  'settings.change': 'changed the workspace settings',
  'sync_check.repair': 'fixed {count:difference|differences}',
  'sync_check.start': 'started a sync check',
  'teammate.admit': 'added {name} as {role}',
  'teammate.change_role': 'changed the role of {name} from {before} to {after}',
  'teammate.leave': 'removed {name}, who is no longer a teammate in Intercom',
  'teammate.remove': 'removed {name}',
  'view.delete': 'deleted the shared view “{name}”',
  'view.share': 'shared the view “{name}”',
  'teammate.restore': 'added {name} again as viewer',
  'user_token_secret.add': 'added a secret for user tokens',
  'user_token_secret.remove': 'removed a secret for user tokens',
} as const;

/** Actions of earlier versions: log entries stay as they were written. */
const pastActions: Readonly<Record<string, string>> = {
  'fin_user_secret.create': 'created a new secret for user tokens',
  'fin_user_secret.remove': 'removed the secret for user tokens',
  'messenger.remove_secret': 'removed the secret of user tokens for the Messenger',
  'messenger.set_secret': 'set the secret of user tokens for the Messenger',
};

/** What an action is about: `run` for `run.retry` and `runs.retry`. */
export function auditArea(action: string): string {
  const [area = ''] = action.split('.');
  return area.replace(/ies$/, 'y').replace(/(?<=^(?:run|reward))s$/, '');
}

export type AuditAction = keyof typeof auditActions;

export const subjectTypes = [
  'api_token',
  'assistant',
  'backfill',
  'campaign',
  'connection',
  'contact',
  'delivery',
  'enrollment',
  'erasure',
  'fin_key',
  'import',
  'people_import',
  'person',
  'recovery',
  'referral',
  'referrer',
  'review',
  'reward',
  'rule',
  'run',
  'sync_check',
  'teammate',
  'view',
] as const;

/** Null for a change of the workspace itself or of many things at once. */
export type AuditSubject = { type: (typeof subjectTypes)[number]; id: string };

type DetailsNamedIn<Words extends string> = Words extends `${string}{${infer Place}}${infer Rest}`
  ? (Place extends `${infer Name}:${string}` ? Name : Place) | DetailsNamedIn<Rest>
  : never;

/** Never secrets. Must include what the action's words need. */
export type AuditDetails<Action extends AuditAction> = Record<string, unknown> & {
  [Name in DetailsNamedIn<(typeof auditActions)[Action]>]: string | number;
};

export type AuditEntry = {
  id: string;
  at: Date;
  actor: Actor;
  action: string;
  summary: string;
  subject: AuditSubject | null;
  details: Record<string, unknown>;
};

/** An action that this version does not know is shown by its name. */
export function auditSummary(action: string, details: Record<string, unknown>): string {
  const known: Readonly<Record<string, string>> = { ...pastActions, ...auditActions };
  const words = Object.hasOwn(known, action) ? String(known[action]) : action;
  return words.replace(
    /\{(\w+)(?::([^|}]+)\|([^}]+))?\}/g,
    (_, name: string, singular?: string, plural?: string) => {
      const value = details[name];
      if (singular === undefined) return String(value ?? '');
      return `${Number(value).toLocaleString('en-US')} ${value === 1 ? singular : plural}`;
    },
  );
}
