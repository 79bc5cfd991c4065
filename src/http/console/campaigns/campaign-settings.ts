// A campaign's Settings tab: when referrals expire, whether doubtful ones are held, and how often failing work is tried.
import { z } from 'zod';
import {
  type CampaignChanges,
  type CampaignSettings,
  changedCampaign,
} from '../../../domain/workspace/settings.ts';
import { editDraft, readPlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { forAdministrators, refusal, selectField, textField } from '../fields.ts';
import { attemptFields, attemptsIn, attemptsShape, kindsOfCampaigns } from './attempt-fields.ts';
import { campaignPage, campaignPath } from './campaign-frame.ts';

const path = '/campaigns/:id/settings';

const days = z
  .union(
    [z.literal(''), z.coerce.number().int().min(1).max(3_650)],
    'must be a whole number from 1 to 3650, or empty',
  )
  .transform((given) => (given === '' ? null : given));

const holdingOptions = [
  ['', 'As in the workspace'],
  ['hold', 'Hold for review'],
  ['pass', 'Do not hold'],
] as const;

const holding = z
  .enum(['', 'hold', 'pass'])
  .default('')
  .transform((given) => (given === '' ? null : given === 'hold'));

export const campaignSettingPages: ConsolePage[] = [
  page(path, { title: 'Settings', needs: 'viewer', params: withId, show: draw }),
  form(path, {
    title: 'Settings',
    needs: 'administrator',
    params: withId,
    body: z.object({ expires_after_days: days, hold_doubtful: holding, ...attemptsShape }),
    async act({ ctx, workspaceId, actor, params, body }) {
      const { expires_after_days, hold_doubtful } = body;
      const changes = { expires_after_days, hold_doubtful, attempts: attemptsIn(body) };
      await editDraft(ctx, workspaceId, params.id, actor, ({ settings, rules }) => ({
        settings: withChanges(settings, changes),
        rules,
      }));
      return {
        to: campaignPath(params.id, '/settings'),
        flash: 'Saved as a draft. It takes effect when you publish it.',
      };
    },
    again: draw,
  }),
];

function withChanges(settings: CampaignSettings, changes: CampaignChanges): CampaignSettings {
  const changed = changedCampaign(settings, changes);
  const { attempts = {}, ...rest } = changed;
  // An empty list is stored as none.
  return Object.keys(attempts).length === 0 ? rest : changed;
}

async function draw(context: PageContext & { params: { id: string } }) {
  const { ctx, workspaceId, params, csrf, refused } = context;
  const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
  const { expires_after_days, hold_doubtful, attempts = {} } = standing.plan.settings;
  const fields = html`${textField({ name: 'expires_after_days', label: 'Days until a pending referral expires', type: 'number', hint: 'Counted from the day the person joined. Leave empty for no expiry.', value: expires_after_days?.toString() ?? '', refused, more: html` min="1" max="3650"` })}
${selectField({ name: 'hold_doubtful', label: 'Referrals that look like the referrer', hint: 'Held referrals wait under Reviews before they qualify.', help: 'doubt', value: hold_doubtful === undefined ? '' : hold_doubtful ? 'hold' : 'pass', refused, options: holdingOptions })}
<fieldset><legend>Retry attempts</legend>
<p class="hint">Total attempts for each kind of run in this campaign before it fails.</p>
${attemptFields(attempts, 'Use workspace setting', refused, kindsOfCampaigns)}</fieldset>
<button class="main">Save draft</button>`;
  const body = html`<section><h2>Expiry, doubtful referrals and retries</h2>${refusal(refused)}
<form method="post" action="${campaignPath(params.id, '/settings')}">${csrf}${forAdministrators(context, fields)}</form></section>
<section><h2>For all campaigns</h2>
<p>Card permissions, daily limits and write-back to Intercom apply to all campaigns. See the
<a href="/console/settings">workspace settings</a>.</p></section>`;
  return campaignPage(standing, context, '/settings', body);
}
