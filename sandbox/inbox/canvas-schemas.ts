// The shape of every Canvas Kit component as zod schemas: only documented properties, documented values and limits.
// https://developers.intercom.com/docs/references/canvas-kit
import { z } from 'zod';

/** `configure` is what a teammate sees who puts the app somewhere: of the Messenger, without what only its users can do. */
export type CanvasLocation = 'inbox' | 'messenger' | 'configure';

/** What the app was asked for. */
export type AnswerKind = 'initialize' | 'submit' | 'configure' | 'content' | 'submit-sheet';

const localHosts = ['localhost', '127.0.0.1'];

/** Intercom wants https; a sandbox on the developer's own machine has no certificate, so loopback may do without. */
const webUrl = z.string().refine((value) => {
  const url = URL.parse(value);
  if (url === null) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && localHosts.includes(url.hostname));
}, 'must be an https URL');

const id = z.string().min(1);
const pixels = z.int().positive();
const bottomMargin = z.literal('none').optional();
const saveState = z.enum(['unsaved', 'saved', 'failed']).optional();

const urlAction = z.strictObject({ type: z.literal('url'), url: webUrl });
const submitAction = z.strictObject({ type: z.literal('submit') });
const sheetAction = z.strictObject({ type: z.literal('sheet'), url: webUrl });

const option = z.strictObject({
  type: z.literal('option'),
  id,
  text: z.string().min(1),
  disabled: z.boolean().optional(),
});

const text = z.strictObject({
  type: z.literal('text'),
  id: id.optional(),
  text: z.string().min(1),
  align: z.enum(['left', 'center', 'right']).optional(),
  style: z.enum(['paragraph', 'header', 'muted', 'error']).optional(),
  bottom_margin: bottomMargin,
});

const dataTable = z.strictObject({
  type: z.literal('data-table'),
  items: z
    .array(z.strictObject({ type: z.literal('field-value'), field: z.string().min(1), value: z.string() }))
    .min(1),
});

const image = z.strictObject({
  type: z.literal('image'),
  id: id.optional(),
  url: webUrl,
  width: pixels,
  height: pixels,
  align: z.enum(['left', 'center', 'right', 'full_width']).optional(),
  rounded: z.boolean().optional(),
  bottom_margin: bottomMargin,
  action: urlAction.optional(),
});

const divider = z.strictObject({
  type: z.literal('divider'),
  id: id.optional(),
  bottom_margin: bottomMargin,
});

const spacer = z.strictObject({
  type: z.literal('spacer'),
  id: id.optional(),
  size: z.enum(['xs', 's', 'm', 'l', 'xl']).optional(),
});

const textarea = z.strictObject({
  type: z.literal('textarea'),
  id,
  label: z.string().optional(),
  placeholder: z.string().optional(),
  value: z.string().optional(),
  error: z.boolean().optional(),
  disabled: z.boolean().optional(),
});

const choice = {
  id,
  label: z.string().optional(),
  value: z.string().optional(),
  options: z.array(option).min(2).max(10),
  save_state: saveState,
  disabled: z.boolean().optional(),
};

const dropdown = z.strictObject({ type: z.literal('dropdown'), ...choice });

// The reference pages call the list `option`, Intercom's own tutorial `options`; only the latter is seen working.
// The label is optional on the reference page and required in the OpenAPI file, so it is wanted here.
const checkbox = z.strictObject({
  type: z.literal('checkbox'),
  id,
  label: z.string(),
  value: z.array(z.string()).optional(),
  options: z.array(option).min(1),
  save_state: saveState,
  disabled: z.boolean().optional(),
});

/** Components that carry actions: a sheet opens over the Messenger only, never in the Inbox. */
function actingComponents(location: CanvasLocation) {
  const action = z.discriminatedUnion(
    'type',
    location === 'messenger' ? [submitAction, urlAction, sheetAction] : [submitAction, urlAction],
  );
  const item = z
    .strictObject({
      type: z.literal('item'),
      id,
      title: z.string().min(1),
      subtitle: z.string().optional(),
      tertiary_text: z.string().optional(),
      image: webUrl.optional(),
      image_width: pixels.optional(),
      image_height: pixels.optional(),
      rounded_image: z.boolean().optional(),
      disabled: z.boolean().optional(),
      action: action.optional(),
    })
    .refine(
      (item) =>
        item.image === undefined || (item.image_width !== undefined && item.image_height !== undefined),
      'an image needs image_width and image_height',
    );
  return [
    z.strictObject({
      type: z.literal('button'),
      id,
      label: z.string().min(1),
      action,
      style: z.enum(['primary', 'secondary', 'link']).optional(),
      disabled: z.boolean().optional(),
    }),
    z.strictObject({
      type: z.literal('list'),
      items: z.array(item).min(1),
      disabled: z.boolean().optional(),
    }),
    z.strictObject({
      type: z.literal('input'),
      id,
      label: z.string().optional(),
      placeholder: z.string().optional(),
      value: z.string().optional(),
      action: action.optional(),
      save_state: saveState,
      disabled: z.boolean().optional(),
    }),
    z.strictObject({ type: z.literal('single-select'), ...choice, action: action.optional() }),
  ] as const;
}

function componentSchema(location: CanvasLocation) {
  return z.discriminatedUnion('type', [
    text,
    dataTable,
    image,
    divider,
    spacer,
    textarea,
    dropdown,
    checkbox,
    ...actingComponents(location),
  ]);
}

export type Component = z.infer<ReturnType<typeof componentSchema>>;

const record = z.record(z.string(), z.unknown());
const event = z.strictObject({ type: z.literal('completed') }).optional();

/** The answers to each request, for one place where a card can be. A live canvas is the Messenger's. */
export function answerSchemas(location: CanvasLocation) {
  const content = z.strictObject({ components: z.array(componentSchema(location)) });
  const fixed = z.strictObject({ content, stored_data: record.optional() });
  const live = z.strictObject({ content_url: webUrl, stored_data: record.optional() });
  const canvas = location === 'messenger' ? z.union([fixed, live]) : fixed;
  const drawn = z.strictObject({ canvas });
  return {
    initialize: drawn,
    submit:
      location === 'inbox'
        ? z.strictObject({ canvas, card_creation_options: record.optional(), event })
        : z.strictObject({ canvas, event }),
    configure: z.union([drawn, z.strictObject({ results: record })]),
    content: z.strictObject({ content }),
    'submit-sheet': z.strictObject({ canvas, event }),
  };
}
