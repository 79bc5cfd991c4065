// The attributes that every contact and company has: listed beside the custom ones, which cannot take their names.
import type { DataAttribute } from '../../world.ts';

type StandardAttribute = { fullName: string; type: DataAttribute['data_type']; writable: boolean };

/**
 * By model. Recorded were some 32 for contacts; which, is taken from the fields of a contact. Those of companies are the
 * example of the 2.16 reference.
 */
export const standardAttributes: Record<DataAttribute['model'], readonly StandardAttribute[]> = {
  contact: [
    ...attributes('string', true, ['external_id', 'role', 'email', 'phone', 'name', 'avatar', 'owner_id']),
    ...attributes('boolean', true, ['unsubscribed_from_emails']),
    ...attributes('date', true, ['signed_up_at', 'last_seen_at']),
    ...attributes('string', false, ['id', 'workspace_id', 'language_override']),
    ...attributes('boolean', false, ['has_hard_bounced', 'marked_email_as_spam']),
    ...attributes('date', false, ['created_at', 'updated_at', 'last_replied_at', 'last_contacted_at']),
    ...attributes('date', false, ['last_email_opened_at', 'last_email_clicked_at']),
    ...attributes('string', false, ['browser', 'browser_version', 'browser_language', 'os']),
    ...attributes('string', false, ['location.country', 'location.region', 'location.city']),
    ...attributes('string', false, ['android_app_name', 'ios_app_name']),
    ...attributes('date', false, ['android_last_seen_at', 'ios_last_seen_at']),
  ],
  company: [
    ...attributes('string', true, ['name', 'industry', 'website']),
    ...attributes('integer', true, ['size']),
    ...attributes('float', true, ['monthly_spend']),
    ...attributes('date', true, ['remote_created_at']),
    ...attributes('string', false, ['id', 'company_id', 'app_id', 'plan.id', 'plan.name']),
    ...attributes('integer', false, ['user_count', 'session_count']),
    ...attributes('date', false, ['created_at', 'updated_at', 'last_request_at']),
  ],
};

function attributes(
  type: DataAttribute['data_type'],
  writable: boolean,
  names: string[],
): StandardAttribute[] {
  return names.map((fullName) => ({ fullName, type, writable }));
}

/** As the list shows it: without an id, which only custom ones have. */
export function standardAttributeJson(model: DataAttribute['model'], attribute: StandardAttribute) {
  const { fullName, type, writable } = attribute;
  return {
    type: 'data_attribute',
    model,
    name: fullName.split('.').at(-1),
    full_name: fullName,
    label: fullName,
    data_type: type,
    api_writable: writable,
    messenger_writable: writable,
    ui_writable: false,
    custom: false,
    archived: false,
  };
}
