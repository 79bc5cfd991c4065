// Canvas Kit as types, for the Inbox and the Messenger:
// https://developers.intercom.com/docs/references/canvas-kit
// intercom-client 7 has no such types; those of 6.x are stricter than what Intercom accepts.

export type SubmitAction = { readonly type: 'submit' };
export type UrlAction = { readonly type: 'url'; readonly url: string };
/** Opens a page over the Messenger; the Inbox has no sheets. */
export type SheetAction = { readonly type: 'sheet'; readonly url: string };
export type InboxAction = SubmitAction | UrlAction;
export type MessengerAction = InboxAction | SheetAction;

type BottomMargin = { readonly bottom_margin?: 'none' };
type Align = 'left' | 'center' | 'right';
type SaveState = { readonly save_state?: 'unsaved' | 'saved' | 'failed' };
type Disabled = { readonly disabled?: boolean };

export type Text = BottomMargin & {
  readonly type: 'text';
  readonly text: string;
  readonly id?: string;
  readonly align?: Align;
  readonly style?: 'paragraph' | 'header' | 'muted' | 'error';
};
export type FieldValue = { readonly type: 'field-value'; readonly field: string; readonly value: string };
export type DataTable = { readonly type: 'data-table'; readonly items: readonly FieldValue[] };
export type Image = BottomMargin & {
  readonly type: 'image';
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly id?: string;
  readonly align?: Align | 'full_width';
  readonly rounded?: boolean;
  readonly action?: UrlAction;
};
export type Divider = BottomMargin & { readonly type: 'divider'; readonly id?: string };
export type Spacer = {
  readonly type: 'spacer';
  readonly size?: 'xs' | 's' | 'm' | 'l' | 'xl';
  readonly id?: string;
};
export type Button<A extends MessengerAction = InboxAction> = Disabled & {
  readonly type: 'button';
  readonly id: string;
  readonly label: string;
  readonly action: A;
  /** Required, because Intercom's default is `primary`, which its review forbids on a first canvas. */
  readonly style: 'primary' | 'secondary' | 'link';
};
export type Item<A extends MessengerAction = InboxAction> = Disabled & {
  readonly type: 'item';
  readonly id: string;
  readonly title: string;
  readonly subtitle?: string;
  readonly tertiary_text?: string;
  readonly action?: A;
  readonly rounded_image?: boolean;
} & (
    | { readonly image: string; readonly image_width: number; readonly image_height: number }
    | { readonly image?: never; readonly image_width?: never; readonly image_height?: never }
  );
export type List<A extends MessengerAction = InboxAction> = Disabled & {
  readonly type: 'list';
  readonly items: readonly Item<A>[];
};
export type Input<A extends MessengerAction = InboxAction> = SaveState &
  Disabled & {
    readonly type: 'input';
    readonly id: string;
    readonly label?: string;
    readonly placeholder?: string;
    readonly value?: string;
    readonly action?: A;
  };
export type Textarea = Disabled & {
  readonly type: 'textarea';
  readonly id: string;
  readonly label?: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly error?: boolean;
};
export type Option = Disabled & { readonly type: 'option'; readonly id: string; readonly text: string };
type Choice = SaveState &
  Disabled & {
    readonly id: string;
    readonly label?: string;
    readonly value?: string;
    readonly options: readonly Option[];
  };
export type SingleSelect<A extends MessengerAction = InboxAction> = Choice & {
  readonly type: 'single-select';
  readonly action?: A;
};
export type Dropdown = Choice & { readonly type: 'dropdown' };
/** `option` in the reference, `options` in Intercom's tutorial, which runs; its OpenAPI requires the label. */
export type Checkbox = SaveState &
  Disabled & {
    readonly type: 'checkbox';
    readonly id: string;
    readonly label: string;
    readonly value?: readonly string[];
    readonly options: readonly Option[];
  };

export type Component<A extends MessengerAction = InboxAction> =
  | Text
  | DataTable
  | Image
  | Divider
  | Spacer
  | Button<A>
  | List<A>
  | Input<A>
  | Textarea
  | SingleSelect<A>
  | Dropdown
  | Checkbox;

export type StoredData = { readonly [key: string]: unknown };

export type Canvas<A extends MessengerAction = InboxAction> = {
  readonly content: { readonly components: readonly Component<A>[] };
  /** Comes back as `current_canvas.stored_data`. Treat it as a hint: it is not signed by us. */
  readonly stored_data?: StoredData;
};

/** Messenger only: Intercom requests `content_url` each time the card is viewed. */
export type LiveCanvas = { readonly content_url: string; readonly stored_data?: StoredData };
