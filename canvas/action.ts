// Every button on the card: a union, and its codec to and from the component_id that Intercom sends back.

const actions = {
  /** Back and Done: return to the first screen. */
  home: [],
  refresh: [],
  /** "More", or a line of the list when there are several campaigns. */
  'show-referral': ['referralId'],
  'show-referrer': ['referrerId'],
  'show-campaigns': [],
  /** "Answer for the customer". */
  'show-answer': ['referralId'],
  'show-referrer-answer': ['referrerId'],
  /** "Why no credit?", of a referral, and of a person who was not referred. */
  'show-no-credit': ['referralId'],
  'show-not-referred': [],
  'choose-person': ['personId'],
  'ask-unlink': ['referralId'],
  'confirm-unlink': ['referralId'],
  /** The referrer of that referral is linked to this contact, too. */
  'ask-unlink-referrer': ['referralId'],
  'confirm-unlink-referrer': ['referralId'],
  /** Whether this contact is the person who joined; `answer` is one of view.ts's `ReviewAnswer`. */
  'answer-review': ['reviewId', 'answer'],
  'start-conversion': [],
  'preview-merge': ['userId'],
  'confirm-role-change': ['nonce'],
  /** `warned` is `yes` when the preview warned that the two share neither email nor phone. */
  'confirm-merge': ['userId', 'nonce', 'warned'],
  unarchive: ['userId'],
  'ask-status': ['referralId', 'change'],
  'confirm-status': ['referralId', 'change', 'nonce'],
  /** "Add as referral" of a contact that no campaign knows. */
  'ask-credit': [],
  'confirm-credit': ['nonce'],
  'ask-undo-credit': ['referralId'],
  'confirm-undo-credit': ['referralId'],
} as const;

type Actions = typeof actions;
export type Action = { [K in keyof Actions]: { do: K } & Record<Actions[K][number], string> }[keyof Actions];

export const inputIds = {
  ...{ email: 'email', externalId: 'external_id', reason: 'reason' },
  ...{ referrer: 'referrer', choice: 'referrer_id', campaign: 'campaign' },
} as const;

/** Its arguments are hints, and every submit checks them again. */
export function encodeAction(action: Action): string {
  const values: Record<string, string> = action;
  return [action.do, ...actions[action.do].map((name) => encodeURIComponent(values[name] ?? ''))].join(':');
}

/** Null for an id that no current screen creates: an old card, or another app's button. */
export function decodeAction(componentId: string): Action | null {
  const [kind, ...values] = componentId.split(':');
  if (kind === undefined || !Object.hasOwn(actions, kind)) return null;
  const names: readonly string[] = actions[kind as Action['do']];
  if (values.length !== names.length || values.some((value) => value === '')) return null;
  try {
    const decoded = names.map((name, at): [string, string] => [name, decodeURIComponent(values[at] ?? '')]);
    // PostgreSQL cannot store U+0000, and neither our ids nor Intercom's are that long.
    if (decoded.some(([, value]) => value.length > 255 || value.includes('\0'))) return null;
    return { do: kind, ...Object.fromEntries(decoded) } as Action;
  } catch {
    return null;
  }
}
