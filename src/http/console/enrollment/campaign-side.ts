// A campaign's Leads and Referrers tabs: what happens in Intercom when a person joins.
import { z } from 'zod';
import { type EnrollmentSide, enrollmentSide, type SideName } from '../../../domain/enrollment/enrollment.ts';
import { attributeKinds } from '../../../domain/enrollment/mapping.ts';
import { Failure } from '../../../failure.ts';
import { createAttribute, mappingChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import {
  editDraft,
  type PlannedCampaign,
  readPlannedCampaign,
} from '../../../usecases/campaigns/campaign-drafts.ts';
import { createMissingAttributes, readSetups } from '../../../usecases/enrollment/enrollment-setup.ts';
import { inWords, refusedFields } from '../../api/refused-fields.ts';
import { text } from '../../api/schemas.ts';
import { html } from '../../html.ts';
import { campaignPage, campaignPath } from '../campaigns/campaign-frame.ts';
import {
  anyFields,
  asFormError,
  type ConsolePage,
  type FormErrors,
  type FormValues,
  form,
  type PageContext,
  page,
  withId,
} from '../console.ts';
import { previewSection } from './campaign-preview.ts';
import { editedRows, type FormRow, readMappingRows, rowGiven, rowOf } from './mapping-form.ts';
import { attributeSection, setupSection, sideForm } from './side-form.ts';

const newAttribute = z.object({ name: text(190), kind: z.enum(attributeKinds).exclude(['options']) });

export const sidePages: ConsolePage[] = [
  ...[...mappingPages('leads', 'Leads'), ...attributeForms('leads', 'Leads')],
  ...[...mappingPages('referrers', 'Referrers'), ...attributeForms('referrers', 'Referrers')],
];

function mappingPages(side: SideName, title: string): ConsolePage[] {
  const path = `/campaigns/:id/${side}`;
  return [
    page(path, {
      title,
      needs: 'viewer',
      params: withId,
      query: z.object({
        preview: z.union([z.literal('example'), z.guid()]).optional(),
        email: z.string().max(254).optional(),
        name: z.string().max(200).optional(),
      }),
      show: (context) => draw(context, side, { preview: context.query }),
    }),
    form(path, {
      title,
      needs: 'administrator',
      params: withId,
      body: anyFields,
      async act(context) {
        const { ctx, workspaceId, actor, params, body } = context;
        const button = typeof body.do === 'string' ? body.do : 'save';
        if (button !== 'save')
          return draw(context, side, { submitted: body, rows: editedRows(readMappingRows(body), button) });
        const wanted = sideGiven(body);
        await editDraft(ctx, workspaceId, params.id, actor, ({ settings, rules }) => ({
          settings: { ...settings, enrollment: { ...settings.enrollment, [side]: wanted } },
          rules,
        }));
        return {
          to: campaignPath(params.id, `/${side}`),
          flash: 'Saved as a draft. It takes effect when you publish it.',
        };
      },
      again(context) {
        const { refused } = context;
        return draw(context, side, {
          submitted: refused.values,
          rows: readMappingRows(refused.values),
          refused,
        });
      },
    }),
  ];
}

/** Create attributes in Intercom: all that the mapping lacks, or a single one. */
function attributeForms(side: SideName, title: string): ConsolePage[] {
  const about = { title, needs: 'administrator', params: withId } as const;
  const addressOf = (id: string) => campaignPath(id, `/${side}`);
  return [
    form(`/campaigns/:id/${side}/missing`, {
      ...about,
      async act({ ctx, workspaceId, actor, params }) {
        const { campaign, plan } = await readPlannedCampaign(ctx, workspaceId, params.id);
        const drafted = { id: campaign.id, settings: plan.settings };
        const { created } = await asFormError(createMissingAttributes(ctx, workspaceId, drafted, [], actor));
        const names = created.map(({ name }) => name);
        return { to: addressOf(params.id), flash: `Created in Intercom: ${names.join(', ') || 'none'}.` };
      },
    }),
    form(`/campaigns/:id/${side}/attribute`, {
      ...about,
      body: newAttribute,
      async act({ ctx, workspaceId, actor, params, body }) {
        await asFormError(createAttribute(ctx, workspaceId, body, actor));
        return {
          to: addressOf(params.id),
          flash: `${body.name} is in Intercom and ready to map.`,
        };
      },
      again: (context) => draw(context, side, { attribute: context.refused }),
    }),
  ];
}

export type DrawnSide = Omit<EnrollmentSide, 'mapping'> & { rows: readonly FormRow[] };

function drawnOf({ plan }: PlannedCampaign, side: SideName): DrawnSide {
  const { mapping, ...rest } = plan.settings.enrollment[side];
  // A new mapping starts with the required row.
  const rows = mapping.length > 0 ? mapping : [{ type: 'field' as const, from: 'person.email', to: 'email' }];
  return { ...rest, rows: rows.map(rowOf) };
}

/** Keeps the submitted choices while rows are added and removed. */
function submittedSide(body: FormValues, rows: FormRow[], present: DrawnSide): DrawnSide {
  const read = enrollmentSide.omit({ mapping: true }).strip().safeParse(body);
  return read.success ? { ...read.data, rows } : { ...present, rows };
}

/** Throws a Failure `invalid`, keyed by field name. */
function sideGiven(body: FormValues): EnrollmentSide {
  const settings = Object.keys(enrollmentSide.shape).map((name) => [name, body[name]]);
  const mapping = readMappingRows(body).map(rowGiven);
  const read = enrollmentSide.safeParse({ ...Object.fromEntries(settings), mapping }, inWords);
  if (read.success) return read.data;
  const fields = Object.entries(refusedFields(read.error.issues)).map(([path, why]): [string, string] => [
    path.replace(/^mapping\.(\d+)\.type$/, 'row.$1.to').replace(/^mapping\./, 'row.'),
    friendlyMessage(path, why),
  ]);
  throw new Failure('invalid', 'Fix the fields below.', { fields: Object.fromEntries(fields) });
}

/** A list of thirty names helps an author of JSON, but not a teammate who chooses from them. */
function friendlyMessage(path: string, why: string): string {
  const isList = /^(must be one of|must not be empty|is required)/.test(why);
  if (!isList) return why;
  return path.endsWith('.to') ? 'Choose a field.' : 'Choose or enter a value.';
}

type Shown = {
  /** Shown instead of the stored settings. */
  submitted?: FormValues;
  rows?: FormRow[];
  refused?: FormErrors;
  attribute?: FormErrors;
  preview?: { preview?: string | undefined; email?: string | undefined; name?: string | undefined };
};

async function draw(
  context: PageContext & { params: { id: string } },
  side: SideName,
  { submitted, rows = [], refused, attribute, preview = {} }: Shown,
) {
  const { ctx, workspaceId, params } = context;
  const standing = await readPlannedCampaign(ctx, workspaceId, params.id);
  const [choices, setups] = await Promise.all([
    mappingChoices(ctx, workspaceId),
    readSetups(ctx, workspaceId, standing.plan),
  ]);
  const stored = drawnOf(standing, side);
  const drawn = submitted ? submittedSide(submitted, rows, stored) : stored;
  const path = campaignPath(standing.campaign.id, `/${side}`);
  const place = { ...context, path, choices };
  const body = html`${setupSection({ ...place, setup: setups[side], side: standing.plan.settings.enrollment[side] })}
${sideForm({ ...place, side, drawn, refused: refused ?? null })}
${attributeSection({ ...place, refused: attribute ?? null })}
${await previewSection(context, { standing, side, path, query: preview })}`;
  return campaignPage(standing, context, `/${side}`, body);
}
