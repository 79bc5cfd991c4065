// What fields and sections link to in the documents: each topic once, with the words of its link.
import { type Html, html } from '../../html.ts';

type Topic = { words: string; document: string; section: string };

export const helpTopics = {
  mapping: { words: 'How a mapping works', document: 'enrollment', section: 'map-fields' },
  duplicates: {
    words: 'What each choice does',
    document: 'enrollment',
    section: 'handle-existing-contacts',
  },
  conditions: { words: 'How conditions work', document: 'rules', section: 'write-a-condition' },
  holding: { words: 'How waiting works', document: 'rules', section: 'add-a-waiting-period-or-sale-value' },
  doubt: { words: 'What makes a referral doubtful', document: 'rules', section: 'review-doubtful-referrals' },
  rewards: { words: 'Rewards, limits and approval', document: 'console', section: 'set-rewards' },
  joinPage: { words: 'What people see and do there', document: 'console', section: 'set-up-the-join-page' },
  assistants: {
    words: 'How to connect and what it can do',
    document: 'assistants',
    section: 'connect-an-assistant',
  },
  messenger: {
    words: 'What they see, and how to put it there',
    document: 'messenger',
    section: 'what-your-users-see',
  },
  userTokens: {
    words: 'How to sign tokens',
    document: 'user-tokens',
    section: 'sign-tokens',
  },
  fin: { words: 'How to set Fin up', document: 'fin', section: 'set-fin-up' },
  finTokens: { words: 'How Fin gets tokens', document: 'fin', section: 'sign-user-tokens' },
  alerts: { words: 'What each alert says', document: 'console', section: 'get-alerts' },
} as const satisfies Record<string, Topic>;

export type HelpTopic = keyof typeof helpTopics;

/** In a tab of its own, so that a form keeps what was typed. */
export function helpLink(topic: HelpTopic): Html {
  const { words, document, section } = helpTopics[topic];
  return html`<a class="help" href="/console/help/${document}#${section}" target="_blank">${words}</a>`;
}
