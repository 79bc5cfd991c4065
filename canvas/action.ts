// Every button on the card: a union, and its codec to and from the component_id that Intercom sends back.

export type Action =
  /** Back and Done: return to the first screen. */
  | { do: 'home' }
  | { do: 'refresh' }
  /** "More", or a line of the list when there are several campaigns. */
  | { do: 'show-referral'; referralId: string }
  | { do: 'show-referrer'; referrerId: string }
  /** "More" on a card with more campaigns than its first screen holds. */
  | { do: 'show-campaigns' }
  /** Several people match: the teammate picks the one this contact is. */
  | { do: 'choose-person'; personId: string }
  /** Asks for confirmation, then removes the teammate's earlier choice of person. */
  | { do: 'ask-unlink'; referralId: string }
  | { do: 'confirm-unlink'; referralId: string }
  /** Whether this contact is the person who joined; `answer` is one of view.ts's `ReviewAnswer`. */
  | { do: 'answer-review'; reviewId: string; answer: string }
  | { do: 'start-conversion' }
  /** Several users are possible merge targets: the teammate picks one, and the preview follows. */
  | { do: 'preview-merge'; userId: string }
  | { do: 'confirm-role-change'; nonce: string }
  /** `warned` is `yes` when the preview warned that the two share neither email nor phone. */
  | { do: 'confirm-merge'; userId: string; nonce: string; warned: string }
  /** The matching contact is archived: unarchive it, then preview the merge into it. */
  | { do: 'unarchive'; userId: string }
  /** Qualify, Disqualify or Back to pending: asks for confirmation first. */
  | { do: 'ask-status'; referralId: string; change: string }
  | { do: 'confirm-status'; referralId: string; change: string; nonce: string };

/** The `input_values` keys of the text that a teammate typed. */
export const inputIds = { email: 'email', externalId: 'external_id', reason: 'reason' } as const;

const argumentsOf = {
  home: [],
  refresh: [],
  'show-referral': ['referralId'],
  'show-referrer': ['referrerId'],
  'show-campaigns': [],
  'choose-person': ['personId'],
  'ask-unlink': ['referralId'],
  'confirm-unlink': ['referralId'],
  'answer-review': ['reviewId', 'answer'],
  'start-conversion': [],
  'preview-merge': ['userId'],
  'confirm-role-change': ['nonce'],
  'confirm-merge': ['userId', 'nonce', 'warned'],
  unarchive: ['userId'],
  'ask-status': ['referralId', 'change'],
  'confirm-status': ['referralId', 'change', 'nonce'],
} as const satisfies { [K in Action['do']]: readonly Exclude<keyof Extract<Action, { do: K }>, 'do'>[] };

/** Only this file knows the format of a component_id. Its arguments are hints, and every submit checks them again. */
export function encodeAction(action: Action): string {
  const given: Record<string, string> = action;
  return [action.do, ...argumentsOf[action.do].map((name) => encodeURIComponent(given[name] ?? ''))].join(
    ':',
  );
}

/** Null for an id that no current screen creates: an old card, or another app's button. */
export function decodeAction(componentId: string): Action | null {
  const [kind, ...values] = componentId.split(':');
  if (kind === undefined || !Object.hasOwn(argumentsOf, kind)) return null;
  const names: readonly string[] = argumentsOf[kind as Action['do']];
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
