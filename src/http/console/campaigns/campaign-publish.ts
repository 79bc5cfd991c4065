// Publishing a campaign's changes, and its versions.
import { z } from 'zod';
import { type Difference, planDifferences } from '../../../domain/campaigns/plan-difference.ts';
import { counted } from '../../../domain/words.ts';
import { Failure } from '../../../failure.ts';
import {
  type CampaignVersion,
  discardDraft,
  listCampaignVersions,
  type PlannedCampaign,
  type PublishEffect,
  previewPublish,
  publishDraft,
  readCampaignVersion,
  readPlannedCampaign,
  restoreVersion,
} from '../../../usecases/campaigns/campaign-drafts.ts';
import type { Effort } from '../../../usecases/rehearse.ts';
import { type Html, html } from '../../html.ts';
import { asFormError, type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import {
  atLeast,
  bullets,
  effectLines,
  effectPart,
  effortOf,
  effortQuery,
  wordFor,
} from '../effect-words.ts';
import { forAdministrators, refusal } from '../fields.ts';
import { tableOr } from '../lists.ts';
import { askedForm, buttonForm } from '../parts.ts';
import { count, dateTime } from '../words.ts';
import { campaignPage, campaignPath } from './campaign-frame.ts';

const numbered = withId.extend({ number: z.coerce.number().int().min(1).max(1_000_000) });

export const publishPages: ConsolePage[] = [
  page('/campaigns/:id/publish', {
    title: 'Publish',
    needs: 'viewer',
    params: withId,
    query: z.object(effortQuery),
    show: (context) => review(context, effortOf(context.query)),
  }),
  form('/campaigns/:id/publish', {
    title: 'Publish',
    needs: 'administrator',
    params: withId,
    body: z.object({ revision: z.string().max(100) }),
    async act({ ctx, workspaceId, actor, params, body }) {
      const number = await asFormError(publishDraft(ctx, workspaceId, params.id, actor, body.revision));
      return { to: campaignPath(params.id), flash: `Version ${number} is in effect.` };
    },
    again: (context) => review(context),
  }),
  form('/campaigns/:id/discard', {
    title: 'Discard',
    needs: 'administrator',
    params: withId,
    async act({ ctx, workspaceId, actor, params }) {
      await discardDraft(ctx, workspaceId, params.id, actor);
      return { to: campaignPath(params.id), flash: 'Draft discarded.' };
    },
  }),
  page('/campaigns/:id/versions', {
    title: 'Versions',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, timeZone, params } = context;
      const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
      const versions = await listCampaignVersions(ctx, workspaceId, params.id);
      const rows = versions.map((version, at) =>
        versionRow(params.id, version, versions[at + 1] ?? null, timeZone, at === 0),
      );
      const none = html`No versions yet. Publishing creates one, and so do changes by the API.`;
      const body = html`<section><h2>Versions</h2>
${tableOr(none, ['Version', 'Since', 'By', 'What changed'], rows)}</section>`;
      return campaignPage(standing, context, '/versions', body);
    },
  }),
  page('/campaigns/:id/versions/:number', {
    title: 'Version',
    needs: 'viewer',
    params: numbered,
    show: showVersion,
  }),
  form('/campaigns/:id/versions/:number/restore', {
    title: 'Version',
    needs: 'administrator',
    params: numbered,
    async act({ ctx, workspaceId, actor, params }) {
      await restoreVersion(ctx, workspaceId, params.id, actor, params.number);
      return {
        to: campaignPath(params.id, '/publish'),
        flash: `Version ${params.number} is now the draft. Publish it to make it live.`,
      };
    },
  }),
];

async function showVersion(context: PageContext & { params: z.output<typeof numbered> }) {
  const { ctx, workspaceId, timeZone, params, csrf } = context;
  const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
  const { version, before } = await readCampaignVersion(ctx, workspaceId, params.id, params.number);
  const again = planDifferences(standing.plan, version.plan, timeZone);
  const restore = `${campaignPath(params.id, `/versions/${params.number}`)}/restore`;
  const body = html`<section><h2>Version ${version.number}</h2>
<p class="quiet">${originWords(version)}, ${dateTime(version.at, timeZone)}</p>
<h3>Changes</h3>
${before === null ? html`<p>This is the first version.</p>` : differenceList(planDifferences(before.plan, version.plan, timeZone))}
</section>
<section><h2>Restore</h2>
${
  again.length === 0
    ? html`<p>The campaign already matches this version${standing.draft !== null && ', with its unpublished changes'}.</p>`
    : html`<p>Restoring makes these changes to the draft. Review them before you publish:</p>${differenceList(again)}
${forAdministrators(context, restoreForm(standing.draft !== null, restore, csrf, version.number))}`
}</section>`;
  return campaignPage(standing, context, '/versions', body);
}

/** An existing draft would be lost. */
function restoreForm(hasDraft: boolean, action: string, csrf: Html, number: number): Html {
  const label = `Restore version ${number} as a draft`;
  return hasDraft
    ? askedForm(
        'The current draft is replaced. Its unpublished changes cannot be restored.',
        action,
        csrf,
        label,
      )
    : buttonForm(action, csrf, label, { style: 'main' });
}

async function review(context: PageContext & { params: { id: string } }, effort: Effort = 'glance') {
  const { ctx, workspaceId, params } = context;
  const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
  const effect = await previewPublish(ctx, workspaceId, standing, context.actor, effort).catch(unpublishable);
  const said = effect === null ? null : effectBody(effect, params.id, effort);
  return campaignPage(standing, context, '/publish', reviewBody(standing, said, context));
}

/** Something was changed meanwhile: the form says so. */
function unpublishable(error: unknown): null {
  if (error instanceof Failure && error.code === 'conflict') return null;
  throw error;
}

function effectBody({ rules, expiring, enrolling }: PublishEffect, campaignId: string, effort: Effort): Html {
  const { names, pending, unread } = rules;
  const lines = [
    html`<b>${count(pending)}</b> pending ${wordFor(pending, 'referral is', 'referrals are')} in the campaign.`,
    html`<b>${count(expiring)}</b> of them ${wordFor(expiring, 'expires', 'expire')} within minutes.`,
    html`<b>${count(enrolling)}</b> ${wordFor(enrolling, 'person who waits', 'people who wait')} for the setup ${wordFor(enrolling, 'is', 'are')} sent to Intercom.`,
    html`Publishing alone qualifies no referral and makes no reward due.`,
  ];
  const applied = bullets([
    ...effectLines({ ...rules, isAll: rules.isAll && unread === 0 }),
    ...(unread > 0
      ? [html`${atLeast(unread, rules)} not counted: their contacts are looked up in Intercom then.`]
      : []),
  ]);
  const to = `${campaignPath(campaignId, '/publish')}?count=all`;
  const then = html`<p>Rules look at changes that come after. If you also apply ${names.length === 1 ? html`“${names[0]}”` : 'the new and changed rules'} to who is pending
(<a href="${campaignPath(campaignId, '/rules')}">Qualification rules</a>, “Apply to pending”):</p>
${effectPart(rules, pending, { effort, to }, applied)}`;
  return html`<h3>What happens now</h3>${bullets(lines)}${names.length > 0 && then}`;
}

function reviewBody(
  { campaign, draft, revision }: PlannedCampaign,
  effect: Html | null,
  context: PageContext,
): Html {
  const { csrf, refused } = context;
  if (draft === null)
    return html`${refusal(refused)}<section><p class="empty">There are no unpublished changes.</p></section>`;
  const buttons = html`<div class="row">
${buttonForm(campaignPath(campaign.id, '/publish'), csrf, 'Publish', { fields: { revision }, style: 'main' })}
${askedForm(`All unpublished changes are lost: ${counted(draft.differences.length, 'change', 'changes')} by ${draft.changedBy}. They cannot be restored.`, campaignPath(campaign.id, '/discard'), csrf, 'Discard draft', { style: 'danger' })}</div>`;
  return html`${refusal(refused)}<section><h2>What publishing changes</h2>
${differenceList(draft.differences)}
<p class="quiet">Changes go live immediately for new events. Past decisions stay as they are.</p>
${effect}
${forAdministrators(context, buttons)}</section>`;
}

function differenceList(differences: readonly Difference[]): Html {
  if (differences.length === 0) return html`<p>Nothing.</p>`;
  const parts = [...new Set(differences.map(({ part }) => part))];
  return html`<dl class="changes">${parts.map(
    (part) =>
      html`<dt>${part}</dt><dd><ul>${differences
        .filter((difference) => difference.part === part)
        .map(({ text }) => html`<li>${text}</li>`)}</ul></dd>`,
  )}</dl>`;
}

function versionRow(
  id: string,
  version: CampaignVersion,
  before: CampaignVersion | null,
  timeZone: string,
  isNow: boolean,
): Html {
  const changes = before === null ? [] : planDifferences(before.plan, version.plan, timeZone);
  return html`<th scope="row"><a href="${campaignPath(id, `/versions/${version.number}`)}">Version ${version.number}</a>${isNow && html` <span class="badge good">in effect</span>`}</th>
<td>${dateTime(version.at, timeZone)}</td><td>${originWords(version)}</td>
<td class="wide">${changes.length === 0 ? html`<span class="quiet">initial version</span>` : html`<ul class="plain">${changes.slice(0, 4).map(({ text }) => html`<li>${text}</li>`)}${changes.length > 4 && html`<li class="quiet">and ${changes.length - 4} more</li>`}</ul>`}</td>`;
}

function originWords({ origin, publishedBy }: CampaignVersion): string {
  if (origin === 'api')
    return publishedBy === null ? 'Published by the API' : `Published by the API (${publishedBy})`;
  return origin === 'found' ? 'Initial version' : `Published by ${publishedBy ?? 'a teammate'}`;
}
