// The bodies of the Messenger's requests: what Intercom documents for each, and nothing more.
import { canvasAdminJson } from '../intercom/workspace/admin-json.ts';
import { settingsOf } from '../settings.ts';
import type { Admin, CardPlace, World } from '../world.ts';

export type Json = Record<string, unknown>;

/** A canvas as an end user sees it: a live one has an address, and once it was asked for, content too. */
export type Shown = {
  content_url?: string | undefined;
  content?: { components: Json[] } | undefined;
  stored_data?: Json | undefined;
};

export type Press = { component_id: string; input_values: Json };

export type Spot = { place: CardPlace; conversation_id: string | null };

/** How the Messenger is set where it is shown. */
export type Surroundings = { locale: string; referrer: string | null };

export type Bodies = {
  /** The first of a configuration has no step; the canvas is of an existing card. */
  configure(
    spot: Spot,
    around: Surroundings,
    admin: Admin,
    step?: Press & { shown: Shown },
    edited?: Shown,
  ): Json;
  initialize(spot: Spot, around: Surroundings, options: Json | null, admin: Admin | null): Json;
  submit(spot: Spot, around: Surroundings, user: Json, shown: Shown, press: Press): Json;
  content(spot: Spot, around: Surroundings, contact: Json, canvas: Shown): Json;
  /** What `intercom_data` holds, with the person encrypted. */
  sheet(spot: Spot, around: Surroundings, user: string, shown: Shown, press: Press): Json;
  submitSheet(spot: Spot, around: Surroundings, user: Json, shown: Shown, values: Json): Json;
};

const color = '#0a4d3c';

export function requestBodies(world: World): Bodies {
  const { id, region } = world.workspace;
  const workspace = { workspace_id: id, workspace_region: region };
  const context = (spot: Spot, around: Surroundings) => contextOf(world, spot, around);
  const current = currentCanvas(world);

  return {
    configure: (spot, around, admin, step, edited) => ({
      ...workspace,
      admin: canvasAdminJson(admin),
      context: context(spot, around),
      ...(step && {
        component_id: step.component_id,
        input_values: step.input_values,
        current_canvas: current(step.shown),
      }),
      ...(!step && edited && settingsOf(world).canvas_on_edit && { current_canvas: edited }),
    }),
    initialize: (spot, around, options, admin) => ({
      ...workspace,
      ...(admin && { admin: canvasAdminJson(admin) }),
      card_creation_options: options ?? {},
      // A message is written where no page is open.
      context: context(spot, { ...around, referrer: spot.place === 'message' ? null : around.referrer }),
    }),
    submit: (spot, around, user, shown, { component_id, input_values }) => ({
      ...workspace,
      component_id,
      context: context(spot, around),
      current_canvas: current(shown),
      input_values,
      user,
    }),
    content: (spot, around, contact, { content_url, stored_data }) => ({
      ...workspace,
      canvas: { content_url, ...(stored_data && { stored_data }) },
      context: context(spot, around),
      contact,
    }),
    sheet: (spot, around, user, shown, { component_id, input_values }) => ({
      ...workspace,
      component_id,
      context: context(spot, around),
      current_canvas: current(shown),
      input_values,
      user,
    }),
    submitSheet: (spot, around, user, shown, sheet_values) => ({
      ...workspace,
      context: context(spot, around),
      current_canvas: current(shown),
      sheet_values,
      user,
    }),
  };
}

function contextOf(world: World, { place, conversation_id }: Spot, { locale, referrer }: Surroundings): Json {
  return {
    location: place,
    // Documented as a number, where the conversation's own id is a string.
    ...(conversation_id !== null && { conversation_id: Number(conversation_id) }),
    locale,
    ...colorsOf(world),
    ...(referrer !== null && { referrer }),
  };
}

/** The tables of the documentation spell the names as the British do, its examples as Americans do. */
function colorsOf(world: World): Json {
  return settingsOf(world).mood === 'harshest'
    ? { messenger_action_colour: color, messenger_background_colour: color }
    : { messenger_action_color: color, messenger_background_color: color };
}

/** What a request says about the canvas that is shown. `rotate` takes the documented forms in turn. */
function currentCanvas(world: World): (shown: Shown) => Json {
  let turns = 0;
  return ({ content_url, content, stored_data }) => {
    const data = stored_data === undefined ? {} : { stored_data };
    if (content_url === undefined) return { content, ...data };
    const echo = settingsOf(world).live_canvas_echo;
    const parts = { both: { content_url, content }, content: { content }, content_url: { content_url } };
    const turn = (['both', 'content', 'content_url'] as const)[turns++ % 3] ?? 'both';
    return { ...parts[echo === 'rotate' ? turn : echo], ...data };
  };
}
