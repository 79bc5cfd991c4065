// A campaign's qualification rules: the list, the editor, and applying a rule to pending referrals.
import { z } from 'zod';
import type { PlannedRule } from '../../../domain/campaigns/campaign-plan.ts';
import { ruleSentence } from '../../../domain/qualification/rule-sentence.ts';
import type { Rule } from '../../../domain/qualification/stored-rule.ts';
import { Failure } from '../../../failure.ts';
import { ruleChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import {
  editDraft,
  type PlannedCampaign,
  putRuleInDraft,
  readPlannedCampaign,
} from '../../../usecases/campaigns/campaign-drafts.ts';
import type { PendingEffect } from '../../../usecases/qualification/apply-to-pending.ts';
import { applyRule, listRules, previewRule } from '../../../usecases/qualification/rules.ts';
import type { Effort } from '../../../usecases/rehearse.ts';
import { type Html, html } from '../../html.ts';
import { campaignPage, campaignPath } from '../campaigns/campaign-frame.ts';
import {
  anyFields,
  asFormError,
  type ConsolePage,
  form,
  type PageContext,
  page,
  withId,
} from '../console.ts';
import {
  atLeast,
  bullets,
  effectLines,
  effectPart,
  effortOf,
  effortQuery,
  wordFor,
} from '../effect-words.ts';
import { pageAt, tableOr } from '../lists.ts';
import { askedForm, badge, buttonForm } from '../parts.ts';
import { count } from '../words.ts';
import { definitionOf } from './rule-definition.ts';
import { ruleEditor } from './rule-editor.ts';
import { edited, emptyRule, formOf, type RuleForm, readRuleForm } from './rule-form.ts';

const ofRule = withId.extend({ rule: z.guid() });
const ofRuleOrNew = withId.extend({ rule: z.union([z.literal('new'), z.guid()]) });

const rulesPath = (id: string, more = '') => campaignPath(id, `/rules${more}`);

export const rulePages: ConsolePage[] = [
  page('/campaigns/:id/rules', {
    title: 'Qualification rules',
    needs: 'viewer',
    params: withId,
    async show(context) {
      const { ctx, workspaceId, params } = context;
      const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
      const inEffect = await listRules(ctx, workspaceId, { campaignId: params.id }, pageAt(undefined, 100));
      return campaignPage(planned, context, '/rules', listBody(planned, inEffect.items, context));
    },
  }),
  page('/campaigns/:id/rules/:rule', {
    title: 'Rule',
    needs: 'viewer',
    params: ofRuleOrNew,
    show: (context) =>
      editor(context, (planned) =>
        context.params.rule === 'new' ? emptyRule : formOf(ruleIn(planned, context.params.rule)),
      ),
  }),
  form('/campaigns/:id/rules/:rule', {
    title: 'Rule',
    needs: 'administrator',
    params: ofRuleOrNew,
    body: anyFields,
    async act(context) {
      const { params, body } = context;
      const button = typeof body.do === 'string' ? body.do : 'save';
      const submitted = edited(readRuleForm(body), button);
      if (button !== 'save' && button !== 'try') return editor(context, () => submitted);
      const id = await asFormError(save(context, submitted));
      return button === 'try'
        ? { to: rulesPath(params.id, `/${id}/try`), flash: 'Draft saved. The dry run is below.' }
        : { to: rulesPath(params.id), flash: 'Saved as a draft. It takes effect when you publish it.' };
    },
    again: (context) => editor(context, () => readRuleForm(context.refused.values)),
  }),
  form('/campaigns/:id/rules/:rule/remove', {
    title: 'Rule',
    needs: 'administrator',
    params: ofRule,
    async act({ ctx, workspaceId, actor, params }) {
      const { name } = ruleIn(await readPlannedCampaign(ctx, workspaceId, params.id), params.rule);
      await editDraft(ctx, workspaceId, params.id, actor, (plan) => ({
        ...plan,
        rules: plan.rules.filter((rule) => rule.id !== params.rule),
      }));
      return { to: rulesPath(params.id), flash: `“${name}” is removed when you publish.` };
    },
  }),
  page('/campaigns/:id/rules/:rule/apply', {
    title: 'Apply a rule',
    needs: 'administrator',
    params: ofRule,
    query: z.object(effortQuery),
    async show(context) {
      const { ctx, workspaceId, params, query } = context;
      const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
      const found = ruleIn({ plan: planned.live }, params.rule);
      const effort = effortOf(query);
      const effect = await previewRule(ctx, workspaceId, found.id, effort);
      return campaignPage(
        planned,
        context,
        '/rules',
        applyBody(params.id, found, { effect, effort }, context),
      );
    },
  }),
  form('/campaigns/:id/rules/:rule/apply', {
    title: 'Apply a rule',
    needs: 'administrator',
    params: ofRule,
    async act({ ctx, workspaceId, actor, params }) {
      const { live } = await readPlannedCampaign(ctx, workspaceId, params.id);
      const { id } = ruleIn({ plan: live }, params.rule);
      const { evaluated, unknown } = await applyRule(ctx, workspaceId, id, actor);
      const unread = unknown === 0 ? '' : ` ${count(unknown)} contacts could not be read.`;
      return {
        to: rulesPath(params.id),
        flash: `The rule checked ${evaluated === 1 ? 'one referral' : `${count(evaluated)} referrals`}.${unread}`,
      };
    },
  }),
];

/** A rule of another campaign counts as unknown. */
export function ruleIn({ plan }: Pick<PlannedCampaign, 'plan'>, id: string): PlannedRule {
  const found = plan.rules.find((rule) => rule.id === id);
  if (found === undefined) throw new Failure('not-found', 'Rule not found.');
  return found;
}

type OfRule = PageContext & { params: z.output<typeof ofRuleOrNew> };

async function save(context: OfRule, submitted: RuleForm): Promise<string> {
  const { ctx, workspaceId, actor, params } = context;
  const read = definitionOf(submitted, await ruleChoices(ctx, workspaceId));
  const named = submitted.name === '' || submitted.name.length > 100;
  const problems = {
    ...('problems' in read ? read.problems : {}),
    ...(named ? { name: 'must be 1 to 100 characters' } : {}),
  };
  if ('problems' in read || named)
    throw new Failure('invalid', 'Fix the fields below.', { fields: problems });
  return putRuleInDraft(ctx, workspaceId, params.id, actor, {
    id: params.rule === 'new' ? null : params.rule,
    name: submitted.name,
    definition: read.definition,
    enabled: submitted.enabled,
  });
}

async function editor(context: OfRule, formIn: (planned: PlannedCampaign) => RuleForm) {
  const { ctx, workspaceId, params, csrf, isAdministrator } = context;
  const planned = await readPlannedCampaign(ctx, workspaceId, params.id);
  const given = formIn(planned);
  const choices = await ruleChoices(ctx, workspaceId);
  const action = rulesPath(params.id, `/${params.rule}`);
  const body = html`${ruleEditor({ ...context, given, choices, action })}
${
  params.rule !== 'new' &&
  isAdministrator &&
  askedForm(
    'The rule is removed from the draft. It stops when the draft is published.',
    `${action}/remove`,
    csrf,
    'Remove rule',
    { style: 'danger' },
  )
}`;
  return campaignPage(planned, context, '/rules', body);
}

function listBody(
  { campaign, live, plan }: PlannedCampaign,
  inEffect: readonly Rule[],
  context: PageContext,
): Html {
  const rows = plan.rules.map((rule) => {
    const present = live.rules.find((liveRule) => liveRule.id === rule.id);
    const reading = inEffect.find(({ id }) => id === rule.id)?.reading ?? null;
    return ruleRow(campaign.id, rule, present, reading, context);
  });
  const gone = live.rules.filter((rule) => !plan.rules.some((planned) => planned.id === rule.id));
  return html`<section><div class="row apart"><h2>What qualifies a referral</h2>
${context.isAdministrator && html`<a class="button main" href="${rulesPath(campaign.id, '/new')}">New rule</a>`}</div>
<p class="quiet">When Intercom reports a change of a contact, every active rule checks it. A referral
qualifies once, even if several rules match.</p>
${tableOr(html`No rules yet. Referrals qualify by hand, by the API or on the platform.`, ['Rule', 'Conditions', 'State', ''], rows)}
${gone.length > 0 && html`<p>${badge('fair', 'Removed when you publish')} ${gone.map((rule) => rule.name).join(', ')}</p>`}
</section>`;
}

function ruleRow(
  id: string,
  rule: PlannedRule,
  present: PlannedRule | undefined,
  reading: Rule['reading'],
  { timeZone, isAdministrator }: PageContext,
): Html {
  const same = present !== undefined && JSON.stringify(present) === JSON.stringify(rule);
  return html`<th scope="row"><a href="${rulesPath(id, `/${rule.id}`)}">${rule.name}</a></th>
<td class="wide">${ruleSentence(rule.definition, timeZone)}</td>
<td>${rule.enabled ? badge('good', 'On') : badge('plain', 'Off')} ${!same && badge('fair', present ? 'Changed' : 'New')}
${same && readingWords(reading)}</td>
<td><a href="${rulesPath(id, `/${rule.id}/try`)}">Dry run</a>${same && rule.enabled && isAdministrator && html`<br><a href="${rulesPath(id, `/${rule.id}/apply`)}">Apply to pending</a>`}</td>`;
}

/** Until its contacts are read, the first change of a contact goes unnoticed. */
function readingWords(reading: Rule['reading']): Html | null {
  if (reading === null || reading.finishedAt !== null) return null;
  return html`<br><span class="quiet">${reading.trouble ?? `Reading its contacts: ${count(reading.read)} of ${count(reading.total)}`}</span>`;
}

function applyBody(
  id: string,
  rule: PlannedRule,
  { effect, effort }: { effect: PendingEffect; effort: Effort },
  { csrf, timeZone }: PageContext,
): Html {
  const { pending, unread } = effect;
  const isAll = effect.isAll && unread === 0;
  const lines = bullets([
    html`<b>${count(pending)}</b> pending ${wordFor(pending, 'referral is', 'referrals are')} checked.`,
    ...effectLines({ ...effect, isAll }),
    ...(unread > 0
      ? [
          html`${atLeast(unread, effect)} of them ${wordFor(unread, 'is', 'are')} not counted: the contacts are looked up in Intercom when you apply the rule.`,
        ]
      : []),
  ]);
  const to = `${rulesPath(id, `/${rule.id}/apply`)}?count=all`;
  return html`<section><h2>Apply “${rule.name}” to pending referrals</h2>
<p>${ruleSentence(rule.definition, timeZone)}</p>
<p>Rules look at changes after they are published. Applying one checks all pending referrals of the campaign now, with their
contacts as they are in Intercom. Matching referrals are ${rule.definition.then === 'qualify' ? 'qualified, and their rewards become due' : 'disqualified'}.
A <a href="${rulesPath(id, `/${rule.id}/try`)}">dry run</a> shows which ones match.</p>
<h3>What happens now</h3>
${effectPart(effect, pending, { effort, to }, lines)}
<div class="row">${buttonForm(rulesPath(id, `/${rule.id}/apply`), csrf, 'Apply the rule', { style: 'main' })}
<a class="button" href="${rulesPath(id)}">Cancel</a></div></section>`;
}
