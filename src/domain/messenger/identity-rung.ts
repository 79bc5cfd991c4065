// How sure a workspace can be of who looks at its cards in the Messenger, and what would make it surer.

export type IdentityFacts = {
  identityVerification: boolean;
  requireUserToken: boolean;
  hasSecret: boolean;
};

export type IdentityRung = {
  name: 'unverified' | 'intercom' | 'own-token' | 'no-secret';
  isGood: boolean;
  /** To be read by an administrator. */
  words: string;
  whatToDo: string;
};

export function identityRung({
  identityVerification,
  requireUserToken,
  hasSecret,
}: IdentityFacts): IdentityRung {
  if (!identityVerification)
    return {
      name: 'unverified',
      isGood: false,
      words: 'Intercom does not verify your users, so no one sees personal data.',
      whatToDo:
        'In Intercom, under Settings > Messenger > Security, enforce identity verification on every platform. Then check again.',
    };
  if (!requireUserToken)
    return {
      name: 'intercom',
      isGood: true,
      words: 'Intercom verifies your users. Users with an external ID see their own data.',
      whatToDo: 'For more security, let your server sign a token for each user, and require it below.',
    };
  if (!hasSecret)
    return {
      name: 'no-secret',
      isGood: false,
      words: 'A token is required, but no secret is set to check it, so no one sees personal data.',
      whatToDo: 'Add a secret under Settings > User tokens, or stop requiring a token.',
    };
  return {
    name: 'own-token',
    isGood: true,
    words: 'Intercom verifies your users, and your server signs a fresh token for each.',
    whatToDo: 'Nothing.',
  };
}
