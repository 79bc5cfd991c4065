// Settings of the workspace: the card's actions, what is written back to Intercom, attempts.

import { z } from 'zod';
import {
  type AnswerName,
  answerNames,
  answers,
  answerTemplates,
} from '../../../domain/card/customer-answer.ts';
import { readEmail } from '../../../domain/identity.ts';
import { type WorkKind, workKindNames, workKinds } from '../../../domain/runs/run.ts';
import { Failure } from '../../../failure.ts';
import { changeSettings, getSettings } from '../../../usecases/workspace/settings.ts';
import { type Html, html } from '../../html.ts';
import { attemptFields, attemptOptions, attemptsIn, attemptsShape } from '../campaigns/attempt-fields.ts';
import { type ConsolePage, form, type PageContext, page, ticked } from '../console.ts';
import {
  forAdministrators,
  radioField,
  refusal,
  selectField,
  textAreaField,
  textField,
  tickField,
} from '../fields.ts';
import { helpLink } from '../help/help-topics.ts';

const about = { title: 'Settings', tab: { group: 'Settings', label: 'Workspace' } };

const allowedOptions = [
  { value: 'everybody', label: 'Everyone', hint: 'Except viewers of the console.' },
  { value: 'listed', label: 'Listed teammates' },
  { value: 'nobody', label: 'No one', hint: 'Administrators can still change referrals in the console.' },
];

const mutedShape = Object.fromEntries(workKindNames.map((kind) => [`muted.${kind}`, ticked])) as Record<
  `muted.${WorkKind}`,
  typeof ticked
>;

const answersShape = Object.fromEntries(
  answerNames.map((name) => [`answers.${name}`, answerTemplates.shape[name]]),
) as Record<`answers.${AnswerName}`, (typeof answerTemplates.shape)[AnswerName]>;

const settingsBody = z.object({
  qualify: ticked,
  disqualify: ticked,
  reopen: ticked,
  allowed: z.enum(['everybody', 'listed', 'nobody']).default('everybody'),
  allowed_emails: z.string().default(''),
  daily_cap: z.coerce.number('must be a number').int().min(0).max(10_000),
  attributes: ticked,
  tag: ticked,
  event: ticked,
  hold_doubtful: ticked,
  'attempts.default': z.coerce.number().int().min(1).max(5),
  ...attemptsShape,
  ...mutedShape,
  ...answersShape,
});

export const workspaceSettingPages: ConsolePage[] = [
  page('/settings', { ...about, nav: 'Settings', needs: 'viewer', show: draw }),
  form('/settings', {
    ...about,
    needs: 'administrator',
    body: settingsBody,
    async act({ ctx, workspaceId, actor, body }) {
      const { qualify, disqualify, reopen, allowed, daily_cap, attributes, tag, event, hold_doubtful } = body;
      const changes = {
        card_actions: { qualify, disqualify, reopen, allowed, allowed_emails: emailsIn(body), daily_cap },
        write_back: { attributes, tag, event },
        attempts: { ...attemptsIn(body), default: body['attempts.default'] },
        muted_failures: workKindNames.filter((kind) => body[`muted.${kind}`]),
        hold_doubtful,
        answers: Object.fromEntries(answerNames.map((name) => [name, body[`answers.${name}`]])),
      };
      await changeSettings(ctx, workspaceId, changes, actor);
      return { to: '/console/settings', flash: 'Saved. Changes are live.' };
    },
    again: draw,
  }),
];

/** One on a line. Throws `invalid`, which names the field, for an invalid email. */
function emailsIn({ allowed_emails: typed }: z.infer<typeof settingsBody>): string[] {
  return typed.split(/[\n,;]/).flatMap((line) => {
    const text = line.trim();
    if (text === '') return [];
    const read = readEmail(text);
    if ('value' in read) return [read.value];
    const fields = { allowed_emails: `"${text.slice(0, 100)}" ${read.problem}` };
    throw new Failure('invalid', 'Enter one email on each line.', { fields });
  });
}

async function draw(context: PageContext): Promise<Html> {
  const { ctx, workspaceId, csrf, tabs, refused } = context;
  const settings = await getSettings(ctx, workspaceId);
  const { card_actions: card, write_back: back, attempts, muted_failures } = settings;
  const tick = (name: string, label: string, value: boolean, hint?: string) =>
    tickField({ name, label, value, refused, ...(hint === undefined ? {} : { hint }) });
  const fields = html`<section><h2>Card permissions</h2>
<p class="hint">Changes to referrals from the card in the Inbox and from the console.</p>
${tick('qualify', 'Qualify a referral', card.qualify)}
${tick('disqualify', 'Disqualify a referral', card.disqualify)}
${tick('reopen', 'Put a referral back to pending', card.reopen)}
${radioField({ name: 'allowed', legend: 'Teammates who can change referrals from the card', value: card.allowed, refused, options: allowedOptions })}
${textAreaField({ name: 'allowed_emails', label: 'Emails of listed teammates', hint: 'One per line, as in Intercom. Used only with “Listed teammates”.', rows: 3, value: card.allowed_emails.join('\n'), refused })}
${textField({ name: 'daily_cap', label: 'Daily limit of changes', type: 'number', hint: 'For the whole team and all three changes together. Resets at midnight in the workspace’s time zone. 0 blocks all.', value: String(card.daily_cap), refused, more: html` required min="0" max="10000"` })}
</section>
<section><h2>Doubtful referrals</h2>
<p class="hint">${helpLink('doubt')}</p>
${tick('hold_doubtful', 'Hold referrals that look like the referrer for review before they qualify', settings.hold_doubtful, 'The same mailbox, name or phone, people who refer each other, or several friends with one mailbox. An administrator decides under Reviews. Campaigns can override this.')}
</section>
<section><h2>Answers for customers</h2>
<p class="hint">Agents copy them from the card, under More. Fields in braces are filled in.</p>
${answerNames.map((name) =>
  textAreaField({
    ...{
      name: `answers.${name}`,
      label: answers[name].about,
      rows: 2,
      value: settings.answers[name],
      refused,
    },
    hint: `Fields: ${answers[name].fields.map((field) => `{${field}}`).join(', ')}`,
  }),
)}
</section>
<section><h2>Write-back to Intercom</h2>
${tick('attributes', 'The referral attributes of the contact', back.attributes, 'Such as referral_status and referral_campaign, for segments, messages and reports.')}
${tick('tag', 'The tag “Referred”', back.tag)}
${tick('event', 'The event “referral-qualified”', back.event, 'When a referral is qualified.')}
</section>
<section><h2>Retry attempts</h2>
<p class="hint">Total attempts before a run fails. Campaigns can override this.</p>
${selectField({ name: 'attempts.default', label: 'Default attempts', value: String(attempts.default), refused, options: attemptOptions })}
${attemptFields(attempts, 'Use default', refused)}</section>
<section><h2>Failures to ignore</h2>
<p class="hint">New failed runs of these kinds are dismissed. The run log keeps them; Home and alerts do not count them.</p>
${workKindNames.map((kind) => tick(`muted.${kind}`, workKinds[kind].label, muted_failures.includes(kind)))}
</section>
<button class="main">Save</button>`;
  return html`${tabs}<p class="quiet">For all campaigns. Changes are live when saved.</p>${refusal(refused)}
<form method="post" action="/console/settings">${csrf}${forAdministrators(context, fields)}</form>`;
}
