// Settings of the Messenger: who is proven, what is shown, and the company's own words.
import { z } from 'zod';
import { languageNames, languages } from '../../../domain/languages/language.ts';
import { translate } from '../../../domain/languages/translate.ts';
import { shareChannelNames } from '../../../domain/messenger/share-channel.ts';
import { type Wording, wording, wordingLimits } from '../../../domain/messenger/wording.ts';
import {
  changeWording,
  type MessengerSetup,
  readMessengerSetup,
  readShares,
  readWording,
} from '../../../usecases/messenger/messenger-settings.ts';
import { listCampaigns } from '../../../usecases/program/campaigns.ts';
import { checkIdentityVerification } from '../../../usecases/workspace/identity-verification.ts';
import { changeSettings } from '../../../usecases/workspace/settings.ts';
import { type Html, html } from '../../html.ts';
import {
  asFormError,
  type ConsolePage,
  type FormErrors,
  form,
  type PageContext,
  page,
  refusedForm,
  ticked,
} from '../console.ts';
import { forAdministrators, refusal, selectField, textField, tickField } from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';
import { badge, buttonForm, table } from '../parts.ts';
import { count } from '../words.ts';

const path = '/messenger';
const about = { title: 'Messenger', tab: { group: 'Settings', label: 'Messenger' } };

const chosenWords = z.object({
  campaign: z.guid().optional().catch(undefined),
  language: z.enum(languages).catch('en'),
});
const wordsBody = wording.extend({ campaign: z.guid(), language: z.enum(languages) });

export const messengerPages: ConsolePage[] = [
  page(path, {
    ...about,
    needs: 'viewer',
    query: chosenWords,
    show: (context) => draw(context, context.query),
  }),
  form(path, {
    ...about,
    needs: 'administrator',
    body: z.object({ 'messenger.enabled': ticked, 'messenger.require_user_token': ticked }),
    async act({ ctx, workspaceId, actor, body }) {
      const messenger = {
        enabled: body['messenger.enabled'],
        require_user_token: body['messenger.require_user_token'],
      };
      await changeSettings(ctx, workspaceId, { messenger }, actor);
      return { to: `/console${path}`, flash: 'Saved. Changes are live.' };
    },
    again: drawAgain,
  }),
  form(`${path}/check`, {
    ...about,
    needs: 'administrator',
    async act({ ctx, workspaceId }) {
      const isOn = await asFormError(checkIdentityVerification(ctx, workspaceId));
      const flash = isOn ? 'Intercom verifies your users.' : 'Intercom does not verify your users.';
      return { to: `/console${path}`, flash };
    },
    again: drawAgain,
  }),
  form(`${path}/words`, {
    ...about,
    needs: 'administrator',
    body: wordsBody,
    async act({ ctx, workspaceId, actor, body }) {
      const { campaign, language, ...words } = body;
      await changeWording(ctx, workspaceId, { campaignId: campaign, language, words }, actor);
      const to = `/console${path}?campaign=${campaign}&language=${language}`;
      return { to, flash: `The words in ${languageNames[language]} are saved, and shown from now on.` };
    },
    again: drawAgain,
  }),
];

/** The words that a refused form is about stay chosen. */
function drawAgain(context: PageContext & { refused: FormErrors }): Promise<Html> {
  return draw(context, chosenWords.parse(context.refused.values));
}

async function draw(context: PageContext, chosen: z.output<typeof chosenWords>): Promise<Html> {
  const { ctx, workspaceId, tabs, timeZone } = context;
  const [setup, shares] = await Promise.all([
    readMessengerSetup(ctx, workspaceId),
    readShares(ctx, workspaceId, timeZone),
  ]);
  return html`${tabs}
<p class="quiet">Your users see their referral link, progress and rewards in Intercom’s Messenger. ${helpLink('messenger')}</p>
${setupHealth(context, setup)}
${switches(context, setup)}
${await words(context, chosen)}
<section><h2>Shared from the Messenger</h2>
<p class="hint">Presses of the buttons beside the link, in the last 30 days.</p>
${table(
  ['Channel', 'Presses'],
  Object.entries(shareChannelNames).map(
    ([channel, name]) => html`<th scope="row">${name}</th><td>${count(shares.get(channel) ?? 0)}</td>`,
  ),
)}</section>`;
}

function setupHealth(context: PageContext, { rung }: MessengerSetup): Html {
  return html`<section><h2>Setup health</h2>
<p>${badge(rung.isGood ? 'good' : 'bad', rung.isGood ? 'verified' : 'not verified')} ${rung.words}</p>
${rung.whatToDo !== 'Nothing.' && html`<p>${rung.whatToDo}</p>`}
${refusal(refusedForm(`${path}/check`, context))}
${forAdministrators(context, buttonForm(`/console${path}/check`, context.csrf, 'Check again'))}</section>`;
}

function switches(context: PageContext, { settings }: MessengerSetup): Html {
  const refused = refusedForm(path, context);
  const fields = html`${tickField({
    name: 'messenger.enabled',
    label: 'Show cards in the Messenger',
    value: settings.enabled,
    hint: 'When this is off, existing cards say that the program is not shown.',
    refused,
  })}
${tickField({
  name: 'messenger.require_user_token',
  label: 'Require a user token that your server signs',
  value: settings.require_user_token,
  hint: html`Without a fresh one, people see only what the program offers. It needs a secret under <a href="/console/user-tokens">Settings › User tokens</a>.`,
  refused,
})}
<button class="main">Save</button>`;
  return html`<section><h2>What is shown</h2>${refusal(refused)}
<form method="post" action="/console${path}">${context.csrf}${forAdministrators(context, fields)}</form></section>`;
}

const fieldNames: Record<keyof Wording, [label: string, otherwise: Parameters<typeof translate>[1]]> = {
  headline: ['Headline', 'messenger.title'],
  intro: ['Text', 'messenger.intro'],
  needs: ['What a friend has to do to count', 'messenger.progress.needs'],
  consent: ['What the friend has agreed to', 'messenger.form.consent'],
  share: ['Message before a shared link', 'messenger.share.text'],
};

async function words(
  context: PageContext,
  { campaign: wanted, language }: z.output<typeof chosenWords>,
): Promise<Html> {
  const refused = refusedForm(`${path}/words`, context);
  const { ctx, workspaceId, csrf } = context;
  const { items } = await listCampaigns(ctx, workspaceId, { archived: false }, { limit: 200, after: null });
  const campaign = items.find(({ id }) => id === wanted) ?? items[0];
  if (campaign === undefined)
    return html`<section><h2>Your own words</h2><p>Create a campaign first.</p></section>`;
  const { words: own, worded } = await readWording(ctx, workspaceId, { campaignId: campaign.id, language });
  const options = languages.map((each): [string, string] => [
    each,
    `${languageNames[each]}${worded.includes(each) ? ' (own words)' : ''}`,
  ]);
  const fields = (Object.keys(fieldNames) as (keyof Wording)[]).map((name) => {
    const [label, otherwise] = fieldNames[name];
    const said = translate(language, otherwise as 'messenger.title');
    return textField({
      ...{ name, label, value: own[name], refused },
      hint: `Default: “${said}”`,
      more: html` maxlength="${wordingLimits[name]}"`,
    });
  });
  return html`<section><h2>Your own words</h2>
<form method="get" action="/console${path}" class="row">
${selectField({ name: 'campaign', label: 'Campaign', options: items.map(({ id, name }): [string, string] => [id, name]), value: campaign.id })}
${selectField({ name: 'language', label: 'Language', options, value: language })}
<button>Show</button></form>
${refusal(refused)}
<form method="post" action="/console${path}/words">${csrf}
<input type="hidden" name="campaign" value="${campaign.id}"><input type="hidden" name="language" value="${language}">
${forAdministrators(context, html`${fields}<button class="main">Save wording</button>`)}</form></section>`;
}
