// The settings of the sandbox, and what each mood makes of them: how far it behaves as Intercom does, or worse.

/** `as-intercom` behaves as Intercom was recorded, captured and documented to. `harshest` is Intercom on its worst day. */
export type Mood = 'as-intercom' | 'harshest';

export const moods = ['as-intercom', 'harshest'] as const satisfies Mood[];

/** What the sandbox is told about itself while it runs, by its admin API. One record with id `settings`. */
export type Settings = {
  id: 'settings';
  mood: Mood;
  /**
   * Until a change is this old, searches and lists show what was there before it: new contacts are missing, changed
   * ones have their old values, and deleted ones are still there.
   */
  search_lag_ms: number;
  /** How many times faster than told all waiting passes: the search's lag, answers, deliveries and their retries. */
  time_scale: number;
  /** How long each answer takes: half of it before the work is done, half after. */
  answer_ms: number;
  /** Every call of this number is refused with 429, regardless of the limit; 0 refuses none. */
  refuse_every: number;
  rate_limit_per_10s: number;
  /** False once the app has answered 410: Intercom then sends nothing more. */
  webhooks_enabled: boolean;
  /** How long a failed delivery waits for its one retry. */
  webhook_retry_ms: number;
  /** How often each notification is sent. */
  webhook_copies: number;
  /** How late each notification is. */
  webhook_delay_ms: number;
  /** Whether every other notification is twice as late, so that the next one overtakes it. */
  webhook_disorder: boolean;
  /** Whether `contact.merged` says which contact was merged away. */
  merged_from: boolean;
  /** Whether `contact.lead.signed_up` is told when a lead becomes a user by the API. */
  lead_signed_up: boolean;
  /** Whether the workspace's plan has run out, so that its conversations cannot be read. */
  api_plan_restricted: boolean;
  /** The contact's fields that Intercom refuses to write, `custom_attributes.NAME` for an attribute. */
  blocked_fields: string[];
  /** Whether each call is refused before Intercom sees it, by a load balancer or an allowlist of addresses. */
  refused_by: 'load-balancer' | 'ip-allowlist' | null;
  /** What the app is not allowed, though its page in the Developer Hub asks for it. */
  missing_scopes: string[];
  /** Whether users of the Messenger need the company's signature. */
  identity_verification: boolean;
  /** How often each press in the Messenger reaches the app. */
  canvas_copies: number;
  /** What `current_canvas` has of a live canvas: its address, what was shown of it, or both. `rotate` takes turns. */
  live_canvas_echo: 'both' | 'content' | 'content_url' | 'rotate';
  /** How a visitor is told from a contact. Nothing documents it. */
  visitor_mark: 'type' | 'role';
  /** Whether configuring an existing card tells the app its canvas. Nothing documents it. */
  canvas_on_edit: boolean;
  /** How many calls a minute the stand-in Referral Factory takes. */
  referral_factory_per_minute: number;
  /** What the app last said about its own health, by `POST /app_install/status`. */
  app_install_status?: {
    state: 'OK' | 'UNHEALTHY' | 'UNKNOWN';
    message?: string | undefined;
    cta_type?: 'URL_CTA' | 'REINSTALL_CTA' | undefined;
    cta_label?: string | undefined;
    cta_url?: string | undefined;
  };
};

const asIntercom: Omit<Settings, 'id' | 'mood'> = {
  // Recorded were old values in 21 of 21 searches within seconds of a write, and none after two minutes: how much sooner
  // the index catches up is not known.
  search_lag_ms: 120_000,
  time_scale: 1,
  answer_ms: 0,
  refuse_every: 0,
  // Documented are 10,000 calls a minute, counted in windows of ten seconds. Captured and recorded before that were 83 and
  // 167, which is 500 and 1,000 a minute:
  // https://community.intercom.com/api-webhooks-23/what-is-the-intercom-api-s-rate-limit-2052
  rate_limit_per_10s: 1666,
  webhooks_enabled: true,
  webhook_retry_ms: 60_000,
  webhook_copies: 1,
  webhook_delay_ms: 0,
  webhook_disorder: false,
  // A notification that was captured in January 2026 has none, though the documentation of that summer does:
  // https://github.com/zulip/zulip/blob/main/zerver/webhooks/intercom/fixtures/contacts_merged.json
  merged_from: false,
  // "Only by SMS", says who tried: https://github.com/zulip/zulip/blob/main/zerver/webhooks/intercom/view.py
  lead_signed_up: false,
  api_plan_restricted: false,
  blocked_fields: [],
  refused_by: null,
  missing_scopes: [],
  identity_verification: true,
  canvas_copies: 1,
  live_canvas_echo: 'both',
  visitor_mark: 'type',
  canvas_on_edit: true,
  referral_factory_per_minute: 600,
};

/** What holds in each mood until the sandbox is told otherwise. */
export const usualSettings: Record<Mood, Omit<Settings, 'id' | 'mood'>> = {
  'as-intercom': asIntercom,
  harshest: {
    ...asIntercom,
    search_lag_ms: 120_000,
    answer_ms: 1_000,
    refuse_every: 10,
    rate_limit_per_10s: 167,
    webhook_copies: 2,
    webhook_delay_ms: 5_000,
    webhook_disorder: true,
    canvas_copies: 2,
    live_canvas_echo: 'rotate',
    visitor_mark: 'role',
    canvas_on_edit: false,
  },
};
