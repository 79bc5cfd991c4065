// Every button on the card: a union, and its codec to and from the component_id that Intercom sends back.

export type Action =
  /** Back and Done: to the first screen. */
  | { do: 'home' }
  | { do: 'refresh' }
  /** "More", or a line of the list when there are several campaigns. */
  | { do: 'show-referral'; referralId: string }
  | { do: 'show-referrer'; referrerId: string }
  /** "More" on a card with more campaigns than its first screen holds. */
  | { do: 'show-campaigns' }
  /** Several people match: the teammate says which one this contact is. */
  | { do: 'choose-person'; personId: string }
  /** Not this person: asks, then takes back what was chosen. */
  | { do: 'ask-unlink'; referralId: string }
  | { do: 'confirm-unlink'; referralId: string }
  /** Whether this contact is who joined; `answer` is one of view.ts's `ReviewAnswer`. */
  | { do: 'answer-review'; reviewId: string; answer: string }
  | { do: 'start-conversion' }
  /** Several users could be merged into: the teammate picks one, the preview follows. */
  | { do: 'preview-merge'; userId: string }
  | { do: 'confirm-role-change'; nonce: string }
  /** `warned` is `yes` when the preview said that the two share neither email nor phone. */
  | { do: 'confirm-merge'; userId: string; nonce: string; warned: string }
  /** The matching contact is archived: bring it back, then preview the merge into it. */
  | { do: 'unarchive'; userId: string }
  /** Qualify, Disqualify or Back to pending: asks before it acts. */
  | { do: 'ask-status'; referralId: string; change: string }
  | { do: 'confirm-status'; referralId: string; change: string; nonce: string };

/** The names under which what a teammate typed comes back in `input_values`. */
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

/** A component_id is private: only this file knows its form. Arguments are hints, checked again on every submit. */
export function encodeAction(action: Action): string {
  const given: Record<string, string> = action;
  return [action.do, ...argumentsOf[action.do].map((name) => encodeURIComponent(given[name] ?? ''))].join(
    ':',
  );
}

/** Null for an id that no present screen makes: an old card, or somebody else's button. */
export function decodeAction(componentId: string): Action | null {
  const [kind, ...values] = componentId.split(':');
  if (kind === undefined || !Object.hasOwn(argumentsOf, kind)) return null;
  const names: readonly string[] = argumentsOf[kind as Action['do']];
  if (values.length !== names.length || values.some((value) => value === '')) return null;
  try {
    const decoded = names.map((name, at): [string, string] => [name, decodeURIComponent(values[at] ?? '')]);
    // No database stores U+0000, and no id of ours or of Intercom's is that long.
    if (decoded.some(([, value]) => value.length > 255 || value.includes('\0'))) return null;
    return { do: kind, ...Object.fromEntries(decoded) } as Action;
  } catch {
    return null;
  }
}
