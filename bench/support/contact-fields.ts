// What the contacts of the benchmark's requests and notifications have alike, in Intercom's order.

/** Both times as the surrounding body writes them. */
export function contactFields<T>({ joined, lately, signedUp }: { joined: T; lately: T; signedUp: T | null }) {
  return {
    social_profiles: { type: 'list', data: [] },
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: false,
    created_at: joined,
    updated_at: lately,
    signed_up_at: signedUp,
    last_seen_at: lately,
    last_replied_at: lately,
    last_contacted_at: null,
    last_email_opened_at: null,
    last_email_clicked_at: null,
    language_override: null,
    browser: 'chrome',
    browser_version: '142.0.0.0',
    browser_language: 'en',
    os: 'OS X 10.15.7',
  };
}
