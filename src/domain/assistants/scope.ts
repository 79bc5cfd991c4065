// What a teammate allows an AI assistant: to read, or also to change.

export const scopes = ['referrals:read', 'referrals:write'] as const;
export type Scope = (typeof scopes)[number];

export const readOnly: readonly Scope[] = ['referrals:read'];

/** Of a space-separated list. What we do not know is left out, and reading is always among them. */
export function readScopes(text: string | undefined): Scope[] {
  const words = (text ?? '').split(' ');
  return words.includes('referrals:write') ? [...scopes] : [...readOnly];
}
