// What fields and sections link to in the documents: each topic once, with the words of its link.
import { type Html, html } from '../../html.ts';

type Topic = { words: string; document: string; section: string };

export const helpTopics = {
  mapping: { words: 'How a mapping works', document: 'enrollment', section: 'the-mapping' },
  duplicates: {
    words: 'What each choice does',
    document: 'enrollment',
    section: 'who-is-in-intercom-already-duplicates',
  },
  conditions: { words: 'How conditions work', document: 'rules', section: 'what-a-condition-may-ask' },
  holding: { words: 'How waiting works', document: 'rules', section: 'more-that-a-definition-may-say' },
  doubt: { words: 'What makes a referral doubtful', document: 'rules', section: 'doubtful-referrals' },
  rewards: { words: 'Rewards, limits and approval', document: 'console', section: 'campaigns' },
  joinPage: { words: 'What people see and do there', document: 'console', section: 'campaigns' },
  alerts: { words: 'What each alert says', document: 'console', section: 'alerts' },
} as const satisfies Record<string, Topic>;

export type HelpTopic = keyof typeof helpTopics;

/** In a tab of its own, so that a form keeps what was typed. */
export function helpLink(topic: HelpTopic): Html {
  const { words, document, section } = helpTopics[topic];
  return html`<a class="help" href="/console/help/${document}#${section}" target="_blank">${words}</a>`;
}
