// Pages and forms of the console. One table (routes.ts) serves them all, so that none can miss the session, the role,
// the CSRF token or the layout.
//
// A file of pages exports a list of `page(…)` and `form(…)`, which routes.ts adds to its table. Use cases that are still
// objects are added to `UseCases` here, and passed to `consoleRoutes` in the wiring.
//
// - Paths are below /console. `params` parses their ids: a malformed or unknown id is a 404. Every use case gets
//   `visitor.workspaceId`, so an id of another workspace is unknown, too.
// - `show` returns the content of the layout without a heading: the page's title is the h1.
// - A form is plain HTML with the token: html`<form method="post" action="/console/…">${context.csrf}…</form>`.
// - `act` either redirects with a flash message, or returns a page. Its errors are shown: a Failure `invalid` or
//   `conflict`, or a body that the schema refuses, by `again` with status 422 and the submitted values; `not-found` and
//   `forbidden` as pages of their own.
// - A form with `enctype="multipart/form-data"` carries a file, which must be its last field; `act` gets it.
// - A secret that is shown once is returned by `act` as a page, so that it has no address.
import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Role } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import type { Visitor } from '../../usecases/workspace/sessions.ts';
import { refusedFields } from '../api/refused-fields.ts';
import type { CsvFile } from '../csv.ts';
import { type Html, html } from '../html.ts';
import { fileOf, type UploadedFile } from './upload.ts';

export type UseCases = {
  ctx: Context;
};

/** The content of the layout; its own title replaces the page's. */
export type PageBody = Html | { title: string; body: Html };
/** A redirect, always below /console, with a message for the next page. */
export type Redirect = { to: string; flash?: string };

/** The submitted fields, unparsed. */
export type FormValues = Record<string, string | string[]>;
/** A refused form: the error of the whole form, and each field's error by name. */
export type FormErrors = { values: FormValues; message: string; fields: Record<string, string> };

export type PageContext = {
  visitor: Visitor;
  /** The hidden field that every form carries. */
  csrf: Html;
};

export type ConsolePage = {
  method: 'get' | 'post';
  path: string;
  title: string;
  /** Its label in the navigation; null for a page that is reached from another page. */
  nav: string | null;
  needs: Role;
  run(useCases: UseCases, context: PageContext, request: Request): Promise<Answer>;
};
/** A page, a file, or a redirect. */
export type Answer = { shown: PageBody; status: 200 | 422 } | { csv: CsvFile } | Redirect;

type Described<P extends z.ZodObject> = { path: string; title: string; needs: Role; params: P };

/** For a page without parameters or filters. */
export const none = z.object({});
/** For a page with an `:id`. */
export const withId = z.object({ id: z.guid() });

/** `GET /console<path>`. */
export function page<P extends z.ZodObject, Q extends z.ZodObject>(
  spec: Described<P> & {
    nav?: string;
    /** Unknown and empty fields are dropped before parsing. */
    query: Q;
    show(
      useCases: UseCases,
      context: PageContext & { params: z.output<P>; query: z.output<Q> },
    ): Promise<PageBody>;
  },
): ConsolePage {
  const { path, title, needs, nav = null } = spec;
  return {
    method: 'get',
    path,
    title,
    nav,
    needs,
    async run(useCases, context, request) {
      const params = found(spec.params, request.params);
      const query = spec.query.safeParse(filled(request.query));
      if (!query.success)
        throw new Failure('unreadable', 'This address asks for something that there is not.');
      return { shown: await spec.show(useCases, { ...context, params, query: query.data }), status: 200 };
    },
  };
}

/** `GET /console<path>`, a CSV file of any length. */
export function file<P extends z.ZodObject>(
  spec: Described<P> & {
    answer(useCases: UseCases, context: PageContext & { params: z.output<P> }): Promise<CsvFile>;
  },
): ConsolePage {
  const { path, title, needs } = spec;
  return {
    method: 'get',
    path,
    title,
    nav: null,
    needs,
    async run(useCases, context, request) {
      return { csv: await spec.answer(useCases, { ...context, params: found(spec.params, request.params) }) };
    },
  };
}

/** `POST /console<path>`, a form on some page. */
export function form<P extends z.ZodObject, B extends z.ZodType>(
  spec: Described<P> & {
    /** Parses urlencoded fields: texts, and lists of texts for repeated names. */
    body: B;
    act(
      useCases: UseCases,
      context: PageContext & { params: z.output<P>; body: z.output<B>; file: UploadedFile | null },
    ): Promise<Redirect | PageBody>;
    /** The form's page with the submitted values and errors. By default, a plain page shows the errors. */
    again?(
      useCases: UseCases,
      context: PageContext & { params: z.output<P>; refused: FormErrors },
    ): Promise<PageBody>;
  },
): ConsolePage {
  const { path, title, needs, again = plainRefusal } = spec;
  return {
    method: 'post',
    path,
    title,
    nav: null,
    needs,
    async run(useCases, context, request) {
      const params = found(spec.params, request.params);
      const values = valuesIn(request);
      const refuse = async (message: string, fields: Record<string, string>): Promise<Answer> => ({
        shown: await again(useCases, { ...context, params, refused: { values, message, fields } }),
        status: 422,
      });
      const body = spec.body.safeParse(values);
      if (!body.success) return refuse('Some fields were refused.', refusedFields(body.error.issues));
      try {
        const brought = { params, body: body.data, file: fileOf(request) };
        const outcome = await spec.act(useCases, { ...context, ...brought });
        return 'to' in outcome ? outcome : { shown: outcome, status: 200 };
      } catch (error) {
        if (!(error instanceof Failure) || !refusals.has(error.code)) throw error;
        return refuse(error.message, error.fields ?? {});
      }
    },
  };
}

const refusals = new Set(['invalid', 'conflict']);
// PostgreSQL cannot store NUL, and browsers do not let people type it.
const field = z.string().refine((text) => !text.includes('\0'));
const givenFields = z.record(field, z.union([field, z.array(field)]));

function valuesIn({ body }: Request): FormValues {
  const parsed = givenFields.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new Failure('unreadable', 'This form has characters that cannot be stored.');
}

/** For a body: a field that may repeat, such as checkboxes with the same name. */
export function many<S extends z.ZodType>(each: S) {
  return z.preprocess(
    (given) => (given === undefined ? [] : Array.isArray(given) ? given : [given]),
    z.array(each),
  );
}

/** For a body: a checkbox, whose field is sent only when it is checked. */
export const ticked = z
  .string()
  .optional()
  .transform((given) => given !== undefined);

async function plainRefusal(_useCases: UseCases, { refused }: { refused: FormErrors }): Promise<PageBody> {
  const problems = Object.entries(refused.fields).map(([name, why]) => html`<li>${name}: ${why}</li>`);
  return html`<p class="notice bad">${refused.message}</p>${problems.length > 0 && html`<ul>${problems}</ul>`}
<p>Go back to change it: nothing was done.</p>`;
}

function found<P extends z.ZodObject>(params: P, raw: unknown): z.output<P> {
  const parsed = params.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Failure('not-found', 'There is nothing at this address.');
}

/** An empty filter field means that the filter is not used. */
function filled(query: Request['query']): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}
