// What Intercom knows about the app from its page in the Developer Hub.

export type AppListing = {
  name: string;
  scopes: readonly { name: string; reason: string }[];
};

export const referralDesk: AppListing = {
  name: 'Referral Desk',
  scopes: [
    { name: 'Read and list users and companies', reason: 'to find the contact that a referral belongs to' },
    {
      name: 'Read and write users',
      reason: 'to create contacts and to turn leads into users when a teammate asks for it',
    },
    { name: 'Read and write tags', reason: 'to mark referred contacts' },
    { name: 'Write data attributes', reason: 'to create the attributes that hold a referral’s status' },
    { name: 'Write events', reason: 'to note that a referral has qualified' },
    { name: 'Read conversations', reason: 'to show the referral card next to a conversation' },
    { name: 'Read admins', reason: 'to name the teammate who made a change' },
  ],
};
