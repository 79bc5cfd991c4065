// How the demonstration's campaigns enroll people, so that a visitor of the shop is seen in the inbox at once.
import type { CampaignChanges } from '../../src/domain/workspace/settings.ts';

/** Where the story's campaigns lead to, and how their leads are enrolled; null where no contacts are created. */
export type Stage = { siteUrl: string; enrollment: NonNullable<CampaignChanges['enrollment']> | null };

/** The story where there is no shop. */
export const plainStage: Stage = { siteUrl: 'https://northwind.example', enrollment: null };

/** Of Spring and Autumn; Partners keeps its default, so that one campaign still needs its setup. */
export function demoStage(sandboxUrl: string): Stage {
  return {
    siteUrl: `${sandboxUrl}/shop`,
    enrollment: {
      leads: {
        action: 'create-lead',
        mapping: [
          { type: 'field', from: 'person.email', to: 'email' },
          { type: 'field', from: 'person.name', to: 'name' },
          { type: 'field', from: 'extra.phone', to: 'phone' },
          { type: 'field', from: 'referrer.code', to: 'custom_attributes.referral_code' },
          { type: 'field', from: 'extra.activity', to: 'custom_attributes.favorite_activity' },
          { type: 'template', from: 'Joined {campaign.name}', to: 'tags' },
        ],
        duplicates: 'update',
      },
      referrers: { action: 'nothing' },
    },
  };
}
