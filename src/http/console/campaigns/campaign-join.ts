// A campaign's Join page tab: the page's address, and what it says.
import { z } from 'zod';
import { joinLink } from '../../../domain/program/share-link.ts';
import { type PlannedCampaign, readPlannedCampaign } from '../../../usecases/campaigns/campaign-drafts.ts';
import { changeCampaign } from '../../../usecases/program/campaigns.ts';
import { joinPageGiven, slugGiven } from '../../api/program/join-page-given.ts';
import { html } from '../../html.ts';
import { type ConsolePage, form, type PageContext, page, withId } from '../console.ts';
import { forAdministrators, refusal, textAreaField, textField, tickField } from '../fields.ts';
import { badge } from '../parts.ts';
import { campaignPage, campaignPath } from './campaign-frame.ts';

const path = '/campaigns/:id/join-page';

const orEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([z.literal('').transform(() => null), schema]);
const { text, color, consent } = joinPageGiven.shape;

export const joinPages: ConsolePage[] = [
  page(path, { title: 'Join page', needs: 'viewer', params: withId, show: draw }),
  form(path, {
    title: 'Join page',
    needs: 'administrator',
    params: withId,
    body: z.object({
      open: z.string().optional(),
      slug: slugGiven,
      text: orEmpty(text),
      color: orEmpty(color),
      consent: orEmpty(consent),
    }),
    async act({ ctx, workspaceId, actor, params, body: { open, slug, ...shown } }) {
      const joinPage = { ...shown, open: open !== undefined };
      await changeCampaign(ctx, workspaceId, params.id, { slug, joinPage }, actor);
      return { to: campaignPath(params.id, '/join-page'), flash: 'Saved. The changes are live.' };
    },
    again: draw,
  }),
];

async function draw(context: PageContext & { params: { id: string } }) {
  const { ctx, workspaceId, params } = context;
  const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
  const body =
    standing.campaign.platform === 'built-in'
      ? editor(standing, context)
      : html`<section><h2>Join page</h2><p>People join this campaign on its referral platform.</p></section>`;
  return campaignPage(standing, context, '/join-page', body);
}

function editor({ campaign }: PlannedCampaign, context: PageContext) {
  const { ctx, csrf, refused } = context;
  const { slug, joinPage, destinationUrl } = campaign;
  const link = joinLink(ctx.config.publicUrl, slug);
  const fields = html`${tickField({ name: 'open', label: 'People can join on this page', help: 'joinPage', value: joinPage.open, refused })}
${textField({ name: 'slug', label: 'Address', hint: `The part after ${joinLink(ctx.config.publicUrl, '')}. Changing it breaks links to the old address. Share links keep working.`, value: slug, refused, more: html` required maxlength="60"` })}
${textAreaField({ name: 'text', label: 'Text below the title', rows: 4, hint: 'What people get and what they need to do. Use an empty line to start a paragraph.', value: joinPage.text, refused, more: html` maxlength="2000"` })}
${textField({ name: 'color', label: 'Button color', hint: 'Six digits, such as #0b57d0. Leave empty for blue.', value: joinPage.color, refused, more: html` maxlength="7" placeholder="#0b57d0"` })}
${textField({ name: 'consent', label: 'Consent text', hint: 'Shown beside a required checkbox. Leave empty for no checkbox.', value: joinPage.consent, refused, more: html` maxlength="500"` })}
<button class="main">Save join page</button>`;
  return html`<section><div class="row apart"><h2>Join page</h2>${joinPage.open ? badge('good', 'Open') : badge('plain', 'Closed')}</div>
<p>People enter their email and get their own share link. Friends who follow a share link become referrals.</p>
<p><a href="${link}">${link}</a></p>
<p class="quiet">${
    destinationUrl === null
      ? 'Share links lead here.'
      : html`Share links lead to <a href="${destinationUrl}">${destinationUrl}</a>, your own page. To use this page instead, clear that address on the <a href="${campaignPath(campaign.id)}">overview</a>.`
  }</p>
${refusal(refused)}
<form method="post" action="${campaignPath(campaign.id, '/join-page')}">${csrf}${forAdministrators(context, fields)}</form></section>`;
}
