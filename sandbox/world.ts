// Everything the stand-in Intercom remembers: its contacts, conversations and the rest, kept in one SQLite file.
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Settings } from './moods.ts';
import type { RfCampaign, RfHook, RfRecords, RfReward, RfUser } from './referral-factory/records.ts';

/** Unix seconds, as Intercom's REST API speaks of time. */
export type Seconds = number;

export type Contact = {
  id: string;
  role: 'lead' | 'user';
  /** The company's own id; for a lead Intercom fills in a UUID of its own. */
  external_id: string | null;
  email: string | null;
  email_verified: boolean | null;
  phone: string | null;
  name: string | null;
  /** The random name that Intercom shows while a lead has no real one. */
  pseudonym: string | null;
  avatar: string | null;
  owner_id: string | null;
  unsubscribed_from_emails: boolean;
  has_hard_bounced: boolean;
  marked_email_as_spam: boolean;
  created_at: Seconds;
  updated_at: Seconds;
  signed_up_at: Seconds | null;
  last_seen_at: Seconds | null;
  last_replied_at: Seconds | null;
  last_contacted_at: Seconds | null;
  language_override: string | null;
  location: {
    country: string | null;
    region: string | null;
    city: string | null;
    country_code: string | null;
    continent_code: string | null;
  };
  custom_attributes: Record<string, string | number | boolean | null | string[]>;
  tag_ids: string[];
  company_ids: string[];
  /** The time and the teammate of each tag that the API attached. */
  tagged?: Record<string, { at: Seconds; admin_id: string | null }>;
  /** Where the person came from; Facebook contacts, for one, can never be merged. */
  channel:
    | 'messenger'
    | 'email'
    | 'api'
    | 'facebook'
    | 'twitter'
    | 'whatsapp'
    | 'instagram'
    | 'sms'
    | 'mailing_list';
  archived: boolean;
  blocked: boolean;
  /** The contact that this one was merged into; its own id then answers 404 or 410. */
  merged_into: string | null;
  merge_history: { from: string; at: Seconds }[];
};

/** What is left of a deleted contact: for a week its identity is not free. */
export type DeletedContact = Pick<Contact, 'id' | 'role' | 'email' | 'external_id'> & { deleted_at: Seconds };

export type Admin = {
  id: string;
  name: string;
  email: string;
  job_title: string | null;
  email_verified: boolean;
  avatar: string | null;
};

export type ConversationPart = {
  id: string;
  author: { type: 'admin' | 'user' | 'lead' | 'bot'; id: string; name: string | null };
  body: string;
  created_at: Seconds;
  /** The app's card that it carries. */
  card_id?: string;
};

/** The app, put somewhere in the Messenger by a teammate. */
export type AppCard = {
  id: string;
  place: CardPlace;
  /** A card in a reply is a draft until the reply is sent. */
  draft: boolean;
  /** Where it was inserted or delivered. */
  conversation_id: string | null;
  /** What an outbound message or a Workflow says above it. */
  text: string;
  /** What configuring it came to, null when the app has nothing to configure. */
  options: Record<string, unknown> | null;
  /** What the app answered when it was put there: shown to everyone who sees the card. */
  canvas: Record<string, unknown>;
  admin_id: string;
  created_at: Seconds;
};

/** In the words of `context.location`: Messenger Home, a reply, a Workflow, an outbound message. */
export type CardPlace = 'home' | 'conversation' | 'operator' | 'message';

export type Conversation = {
  id: string;
  /** More than one in a group conversation. */
  contact_ids: string[];
  title: string | null;
  source_type: 'conversation' | 'email' | 'facebook' | 'whatsapp' | 'instagram';
  open: boolean;
  read: boolean;
  admin_assignee_id: string | null;
  created_at: Seconds;
  updated_at: Seconds;
  /** The first part opens the conversation. */
  parts: ConversationPart[];
};

export type Tag = { id: string; name: string };
export type Note = {
  id: string;
  contact_id: string;
  admin_id: string | null;
  body: string;
  created_at: Seconds;
};
export type Company = {
  id: string;
  company_id: string;
  name: string;
  created_at: Seconds;
  updated_at: Seconds;
  custom_attributes: Record<string, unknown>;
  plan?: string | undefined;
  size?: number | undefined;
  website?: string | undefined;
  industry?: string | undefined;
  monthly_spend?: number | undefined;
  /** When it became a customer, by the company's own account. */
  remote_created_at?: Seconds | undefined;
  last_request_at?: Seconds | undefined;
  tag_ids?: string[] | undefined;
};
export type Segment = {
  id: string;
  name: string;
  person_type: 'contact' | 'user';
  created_at: Seconds;
  updated_at: Seconds;
};
export type Visitor = {
  id: string;
  user_id: string;
  email: string | null;
  name: string | null;
  pseudonym: string;
  created_at: Seconds;
  updated_at: Seconds;
  custom_attributes: Record<string, unknown>;
};
export type DataAttribute = {
  id: string;
  name: string;
  model: 'contact' | 'company';
  data_type: 'string' | 'integer' | 'float' | 'boolean' | 'date' | 'datetime';
  options: string[] | null;
  description: string | null;
  messenger_writable: boolean;
  custom: boolean;
  archived: boolean;
  created_at: Seconds;
  updated_at: Seconds;
  admin_id: string | null;
};
/** What Fin and Workflows can ask other systems. */
export type DataConnector = {
  id: string;
  name: string;
  description: string | null;
  state: 'draft' | 'live';
  http_method: 'get' | 'post' | 'put' | 'delete' | 'patch';
  url: string | null;
  body: string | null;
  direct_fin_usage: boolean;
  audiences: ('leads' | 'users' | 'visitors')[];
  headers: { name: string; value: string }[];
  data_inputs: {
    name: string;
    type: 'string' | 'integer' | 'decimal' | 'boolean';
    description: string;
    required: boolean;
    default_value?: string | undefined;
  }[];
  customer_authentication: boolean;
  bypass_authentication: boolean;
  validate_missing_attributes: boolean;
  mock_response: Record<string, unknown> | null;
  token_ids: string[];
  created_by: string | null;
  updated_by: string | null;
  created_at: Seconds;
  updated_at: Seconds;
};
/** One request of a connector's. */
export type ConnectorExecution = {
  id: string;
  data_connector_id: string;
  success: boolean;
  http_status: number | null;
  http_method: DataConnector['http_method'];
  error_type: string | null;
  error_message: string | null;
  execution_time_ms: number;
  source_type: 'fin';
  source_id: string | null;
  conversation_id: string | null;
  /** Without its query. */
  request_url: string;
  request_body: string | null;
  response_body: string | null;
  created_at: Seconds;
};
export type DataEvent = {
  id: string;
  contact_id: string;
  event_name: string;
  created_at: Seconds;
  metadata: Record<string, unknown>;
};
/** An access token that the OAuth page gave out; uninstalling or revoking it makes every call 401. */
export type Token = {
  id: string;
  client_id: string;
  admin_id: string;
  revoked: boolean;
  created_at: Seconds;
};
export type OAuthCode = {
  id: string;
  client_id: string;
  redirect_uri: string;
  admin_id: string;
  used: boolean;
  expires_at: Seconds;
};
/** One webhook that the sandbox owes or has delivered. */
export type Delivery = {
  id: string;
  topic: string;
  body: string;
  attempts: number;
  status: 'pending' | 'delivered' | 'failed' | 'dropped';
  last_status: number | null;
  created_at: Seconds;
  due_at: number;
};
export type Collection<T extends { id: string }> = {
  get(id: string): T | undefined;
  all(): T[];
  /** Stores the value as it is now; change an object and put it again. Durable against a kill of the process. */
  put(value: T): T;
  remove(id: string): void;
  clear(): void;
  /** Calls `seen` after each change, without a value when it was a removal: how an index stays true. */
  watch(seen: (id: string, value: T | undefined) => void): void;
};

export type World = {
  workspace: { id: string; name: string; region: 'US' | 'EU' | 'AU'; timezone: string; created_at: Seconds };
  contacts: Collection<Contact>;
  deletedContacts: Collection<DeletedContact>;
  admins: Collection<Admin>;
  conversations: Collection<Conversation>;
  cards: Collection<AppCard>;
  tags: Collection<Tag>;
  notes: Collection<Note>;
  companies: Collection<Company>;
  segments: Collection<Segment>;
  visitors: Collection<Visitor>;
  dataAttributes: Collection<DataAttribute>;
  dataEvents: Collection<DataEvent>;
  dataConnectors: Collection<DataConnector>;
  connectorExecutions: Collection<ConnectorExecution>;
  tokens: Collection<Token>;
  codes: Collection<OAuthCode>;
  deliveries: Collection<Delivery>;
  /** What the sandbox was told about itself. */
  settings: Collection<Partial<Settings> & Pick<Settings, 'id'>>;
  referralFactory: RfRecords;
  /** A fresh id in the style that Intercom gives to contacts (24 hex digits). */
  newHexId(): string;
  /** A fresh numeric id, as Intercom gives to tags, notes, admins and conversations. */
  newNumericId(): string;
  /** Now in Unix seconds. */
  now(): Seconds;
  /** Now in Unix milliseconds. */
  nowMs(): number;
  empty(): boolean;
  /** Forgets everything. */
  reset(): void;
  close(): void;
};

/**
 * Opens the sandbox's memory in `folder` (made if missing); `:memory:` keeps nothing. `nowMs` is the clock, in Unix
 * milliseconds.
 */
export function openWorld(folder: string, nowMs: () => number = Date.now): World {
  const db = new DatabaseSync(folder === ':memory:' ? ':memory:' : privateFile(folder));
  // WAL survives a kill of the process, which is all that a stand-in has to survive.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  db.exec(
    'CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, json TEXT NOT NULL, PRIMARY KEY (kind, id))',
  );
  const collection = <T extends { id: string }>(kind: string) => openCollection<T>(db, kind);
  const collections = {
    contacts: collection<Contact>('contact'),
    deletedContacts: collection<DeletedContact>('deleted_contact'),
    admins: collection<Admin>('admin'),
    conversations: collection<Conversation>('conversation'),
    cards: collection<AppCard>('card'),
    tags: collection<Tag>('tag'),
    notes: collection<Note>('note'),
    companies: collection<Company>('company'),
    segments: collection<Segment>('segment'),
    visitors: collection<Visitor>('visitor'),
    dataAttributes: collection<DataAttribute>('data_attribute'),
    dataEvents: collection<DataEvent>('data_event'),
    dataConnectors: collection<DataConnector>('data_connector'),
    connectorExecutions: collection<ConnectorExecution>('connector_execution'),
    tokens: collection<Token>('token'),
    codes: collection<OAuthCode>('code'),
    deliveries: collection<Delivery>('delivery'),
    settings: collection<Partial<Settings> & Pick<Settings, 'id'>>('settings'),
  };
  const referralFactory = {
    campaigns: collection<RfCampaign>('rf_campaign'),
    users: collection<RfUser>('rf_user'),
    rewards: collection<RfReward>('rf_reward'),
    hooks: collection<RfHook>('rf_hook'),
  };

  let counter = Date.now();
  return {
    workspace: {
      id: 'sandbox',
      name: 'Northwind Outfitters',
      region: 'US',
      timezone: 'Europe/Dublin',
      created_at: 1_735_689_600,
    },
    ...collections,
    referralFactory,
    newHexId: () =>
      [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join(''),
    newNumericId: () => String(++counter),
    now: () => Math.floor(nowMs() / 1000),
    nowMs,
    empty: () => collections.contacts.all().length === 0 && collections.admins.all().length === 0,
    reset() {
      const stores: { clear(): void }[] = [...Object.values(collections), ...Object.values(referralFactory)];
      for (const store of stores) store.clear();
    },
    close: () => db.close(),
  };
}

function openCollection<T extends { id: string }>(db: DatabaseSync, kind: string): Collection<T> {
  const upsert = db.prepare(
    'INSERT INTO records (kind, id, json) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json',
  );
  const removeOne = db.prepare('DELETE FROM records WHERE kind = ? AND id = ?');
  const removeKind = db.prepare('DELETE FROM records WHERE kind = ?');
  const held = new Map<string, T>();
  const watchers: ((id: string, value: T | undefined) => void)[] = [];
  const tell = (id: string, value: T | undefined) => {
    for (const seen of watchers) seen(id, value);
  };
  for (const row of db.prepare('SELECT json FROM records WHERE kind = ? ORDER BY rowid').all(kind)) {
    const value = JSON.parse(String(row.json)) as T;
    held.set(value.id, value);
  }
  return {
    get: (id) => held.get(id),
    all: () => [...held.values()],
    put(value) {
      held.set(value.id, value);
      upsert.run(kind, value.id, JSON.stringify(value));
      tell(value.id, value);
      return value;
    },
    remove(id) {
      held.delete(id);
      removeOne.run(kind, id);
      tell(id, undefined);
    },
    clear() {
      const ids = [...held.keys()];
      held.clear();
      removeKind.run(kind);
      for (const id of ids) tell(id, undefined);
    },
    watch(seen) {
      watchers.push(seen);
    },
  };
}

/** Its path. It holds access tokens: SQLite gives the files beside it the permissions that it has itself. */
function privateFile(folder: string): string {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const file = join(folder, 'intercom.sqlite');
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  return file;
}
