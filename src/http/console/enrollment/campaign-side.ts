// The tabs Leads and Referrers: what happens in Intercom when somebody joins.
import { z } from 'zod';
import { type EnrollmentSide, enrollmentSide, type SideName } from '../../../domain/enrollment/enrollment.ts';
import { attributeKinds } from '../../../domain/enrollment/mapping.ts';
import { byTeammate } from '../../../domain/workspace/audit.ts';
import { Failure } from '../../../failure.ts';
import { createAttribute, mappingChoices } from '../../../usecases/campaigns/attribute-choices.ts';
import {
  editDraft,
  type PlannedCampaign,
  readPlannedCampaign,
} from '../../../usecases/campaigns/campaign-drafts.ts';
import { createMissingAttributes, readSetups } from '../../../usecases/enrollment/enrollment-setup.ts';
import { refusedFields } from '../../api/refused-fields.ts';
import { text } from '../../api/schemas.ts';
import { html } from '../../html.ts';
import { campaignPage, campaignPath, keepingTheForm } from '../campaigns/campaign-frame.ts';
import {
  type ConsolePage,
  type FormErrors,
  type FormValues,
  form,
  none,
  type PageContext,
  page,
  type UseCases,
  withId,
} from '../console.ts';
import { previewSection } from './campaign-preview.ts';
import { editedRows, type FormRow, readRows, rowGiven, rowOf } from './mapping-form.ts';
import { attributeSection, setupSection, sideForm } from './side-form.ts';

const given = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
/** The attribute that is to be made in Intercom. */
const newAttribute = z.object({ name: text(190), kind: z.enum(attributeKinds).exclude(['options']) });

export const sidePages: ConsolePage[] = [...pagesOf('leads', 'Leads'), ...pagesOf('referrers', 'Referrers')];

function pagesOf(side: SideName, title: string): ConsolePage[] {
  const path = `/campaigns/:id/${side}`;
  const about = { title, params: withId };
  return [
    page({
      ...about,
      path,
      needs: 'viewer',
      query: z.object({
        preview: z.union([z.literal('example'), z.guid()]).optional(),
        email: z.string().max(254).optional(),
        name: z.string().max(200).optional(),
      }),
      async show(useCases, context) {
        const { visitor, params, query } = context;
        const standing = await readPlannedCampaign(useCases.ctx, visitor.workspaceId, params.id);
        return draw(useCases, context, { standing, side, drawn: drawnOf(standing, side), preview: query });
      },
    }),
    form({
      ...about,
      path,
      needs: 'administrator',
      body: given,
      async act(useCases, context) {
        const { visitor, params, body } = context;
        const button = typeof body.do === 'string' ? body.do : 'save';
        if (button !== 'save') {
          const standing = await readPlannedCampaign(useCases.ctx, visitor.workspaceId, params.id);
          const drawn = {
            ...givenSide(body, drawnOf(standing, side)),
            rows: editedRows(readRows(body), button),
          };
          return draw(useCases, context, { standing, side, drawn });
        }
        const wanted = sideGiven(body);
        await editDraft(
          useCases.ctx,
          visitor.workspaceId,
          params.id,
          byTeammate(visitor),
          ({ settings, rules }) => ({
            settings: { ...settings, enrollment: { ...settings.enrollment, [side]: wanted } },
            rules,
          }),
        );
        return {
          to: campaignPath(params.id, `/${side}`),
          flash: 'Saved as a draft. It takes effect when you publish it.',
        };
      },
      async again(useCases, context) {
        const { visitor, params, refused } = context;
        const standing = await readPlannedCampaign(useCases.ctx, visitor.workspaceId, params.id);
        const drawn = {
          ...givenSide(refused.values, drawnOf(standing, side)),
          rows: readRows(refused.values),
        };
        return draw(useCases, context, { standing, side, drawn, refused });
      },
    }),
    form({
      ...about,
      path: `${path}/missing`,
      needs: 'administrator',
      body: none,
      async act({ ctx }, { visitor, params }) {
        const { workspaceId } = visitor;
        const { campaign, plan } = await readPlannedCampaign(ctx, workspaceId, params.id);
        const drafted = { id: campaign.id, settings: plan.settings };
        const { created } = await keepingTheForm(
          createMissingAttributes(ctx, workspaceId, drafted, [], byTeammate(visitor)),
        );
        const names = created.map(({ name }) => name);
        return {
          to: campaignPath(params.id, `/${side}`),
          flash: `Made in Intercom: ${names.join(', ') || 'none'}.`,
        };
      },
    }),
    form({
      ...about,
      path: `${path}/attribute`,
      needs: 'administrator',
      body: newAttribute,
      async act({ ctx }, { visitor, params, body }) {
        await keepingTheForm(createAttribute(ctx, visitor.workspaceId, body, byTeammate(visitor)));
        return {
          to: campaignPath(params.id, `/${side}`),
          flash: `${body.name} is in Intercom. You can map to it now.`,
        };
      },
      async again(useCases, context) {
        const { visitor, params, refused } = context;
        const standing = await readPlannedCampaign(useCases.ctx, visitor.workspaceId, params.id);
        return draw(useCases, context, {
          standing,
          side,
          drawn: drawnOf(standing, side),
          attribute: refused,
        });
      },
    }),
  ];
}

/** A side as its form shows it. */
export type DrawnSide = Omit<EnrollmentSide, 'mapping'> & { rows: readonly FormRow[] };

function drawnOf({ plan }: PlannedCampaign, side: SideName): DrawnSide {
  const { mapping, ...rest } = plan.settings.enrollment[side];
  // Who begins gets the row that is required, rather than an empty form.
  const rows = mapping.length > 0 ? mapping : [{ type: 'field' as const, from: 'person.email', to: 'email' }];
  return { ...rest, rows: rows.map(rowOf) };
}

/** What was chosen stays chosen while rows come and go. */
function givenSide(body: FormValues, present: DrawnSide): Omit<DrawnSide, 'rows'> {
  const read = enrollmentSide.omit({ mapping: true }).strip().safeParse(body);
  return read.success ? read.data : present;
}

/** Throws a Failure `invalid`, by the names of the fields. */
function sideGiven(body: FormValues): EnrollmentSide {
  const { action, email, duplicates, lead_where_user_wanted, archived } = body;
  const rows = readRows(body).map(rowGiven);
  const read = enrollmentSide.safeParse({
    action,
    email,
    duplicates,
    lead_where_user_wanted,
    archived,
    mapping: rows,
  });
  if (read.success) return read.data;
  const fields = Object.entries(refusedFields(read.error.issues)).map(([path, why]): [string, string] => [
    path.replace(/^mapping\.(\d+)\.type$/, 'row.$1.to').replace(/^mapping\./, 'row.'),
    plainly(path, why),
  ]);
  throw new Failure('invalid', 'Some fields were refused.', { fields: Object.fromEntries(fields) });
}

/** A list of thirty names helps somebody who writes JSON, and nobody who has them before them. */
function plainly(path: string, why: string): string {
  const isList = /^(must be one of|Too small|Invalid input)/.test(why);
  if (!isList) return why;
  return path.endsWith('.to') ? 'Choose a field.' : 'Choose or write something.';
}

type Shown = {
  standing: PlannedCampaign;
  side: SideName;
  drawn: DrawnSide;
  refused?: FormErrors;
  attribute?: FormErrors;
  preview?: { preview?: string | undefined; email?: string | undefined; name?: string | undefined };
};

async function draw(useCases: UseCases, context: PageContext, shown: Shown) {
  const { visitor, csrf } = context;
  const { standing, side, drawn, refused = null, attribute = null, preview = {} } = shown;
  const { workspaceId } = visitor;
  const [choices, setups] = await Promise.all([
    mappingChoices(useCases.ctx, workspaceId),
    readSetups(useCases.ctx, workspaceId, standing.plan),
  ]);
  const path = campaignPath(standing.campaign.id, `/${side}`);
  const body = html`${setupSection({ setup: setups[side], side: standing.plan.settings.enrollment[side], choices, path, csrf, role: visitor.role })}
${sideForm({ side, drawn, choices, refused, path, csrf, role: visitor.role })}
${attributeSection({ refused: attribute, path, csrf, role: visitor.role })}
${await previewSection(useCases, { standing, side, workspaceId, path, query: preview })}`;
  return campaignPage(standing, context, `/${side}`, body);
}
