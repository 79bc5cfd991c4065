// A visitor as Intercom's REST API shows it: in the words of its first version, which nothing else uses any more.
import type { Visitor, World } from '../../world.ts';

/** The REST shape, times in Unix seconds. */
export function visitorJson(world: World, visitor: Visitor): Record<string, unknown> {
  return {
    type: 'visitor',
    id: visitor.id,
    user_id: visitor.user_id,
    anonymous: true,
    // As in the examples of the 2.16 reference.
    email: visitor.email ?? '',
    phone: null,
    name: visitor.name,
    pseudonym: visitor.pseudonym,
    avatar: { type: 'avatar', image_url: null },
    app_id: world.workspace.id,
    companies: { type: 'company.list', companies: [] },
    location_data: {},
    last_request_at: null,
    created_at: visitor.created_at,
    remote_created_at: visitor.created_at,
    signed_up_at: visitor.created_at,
    updated_at: visitor.updated_at,
    session_count: 0,
    social_profiles: { type: 'social_profile.list', social_profiles: [] },
    owner_id: null,
    unsubscribed_from_emails: false,
    marked_email_as_spam: false,
    has_hard_bounced: false,
    tags: { type: 'tag.list', tags: [] },
    segments: { type: 'segment.list', segments: [] },
    custom_attributes: visitor.custom_attributes,
    referrer: null,
    utm_campaign: null,
    utm_content: null,
    utm_medium: null,
    utm_source: null,
    utm_term: null,
    do_not_track: null,
  };
}
