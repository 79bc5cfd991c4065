// A teammate as Intercom's REST API shows them.
import { settingsOf } from '../../settings.ts';
import type { Admin, World } from '../../world.ts';

/** As in lists and as the author of a note. */
export function adminJson(admin: Admin) {
  return { ...common(admin), avatar: admin.avatar };
}

/** As `/me` shows the one who authorized the app, with the workspace. */
export function adminWithAppJson(world: World, admin: Admin) {
  const { id, name, region, timezone, created_at } = world.workspace;
  return {
    ...common(admin),
    email_verified: admin.email_verified,
    avatar: { type: 'avatar', image_url: admin.avatar },
    app: {
      type: 'app',
      id_code: id,
      name,
      region,
      timezone,
      created_at,
      identity_verification: settingsOf(world).identity_verification,
      secure: false,
    },
  };
}

/** As Canvas Kit requests show the one who looks at a card or configures one. */
export function canvasAdminJson(admin: Admin) {
  return { ...common(admin), job_title: admin.job_title, avatar: { image_url: admin.avatar } };
}

function common(admin: Admin) {
  return {
    type: 'admin',
    id: admin.id,
    name: admin.name,
    email: admin.email,
    // The published schema has no null here.
    job_title: admin.job_title ?? '',
    away_mode_enabled: false,
    away_mode_reassign: false,
    has_inbox_seat: true,
    team_ids: [],
  };
}
