// What a page of the console and a form on it are. One table (routes.ts) serves them all, so that none can forget the
// session, the role, the CSRF token or the layout.
//
// A file of pages exports a list of `page(…)` and `form(…)`, which routes.ts puts into its table; whatever use cases
// they need are added to `UseCases` here, and given to `consoleRoutes` where the app is put together.
//
// - Paths are below /console. Ids in them are parsed by `params`: of another shape, or not found, is a 404. Every use
//   case is given `visitor.workspaceId`, so that an id of another workspace is not found either.
// - `show` returns what is inside the layout, without a heading of its own: the page's title is the h1.
// - A form on a page is a plain one, with the token: html`<form method="post" action="/console/…">${asked.csrf}…</form>`.
// - `act` either leads on, with a sentence about what was done, or returns a page. What it throws is shown: a Failure
//   `invalid` or `conflict`, or a body that its schema refuses, by `again` with status 422 and the fields as they were
//   given; `not-found` and `forbidden` as pages of their own.
// - A form with `enctype="multipart/form-data"` brings a file, which has to be its last field; `act` is given it.
// - A secret that is shown once is returned by `act` as a page: no other address ever has it.
import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Role } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import type { AuditTrail } from '../../usecases/workspace/audit.ts';
import type { Visitor } from '../../usecases/workspace/sessions.ts';
import { refusedFields } from '../api/refused-fields.ts';
import type { CsvFile } from '../csv.ts';
import { type Html, html } from '../html.ts';
import { fileOf, type UploadedFile } from './upload.ts';

/** What the pages work with. */
export type UseCases = {
  ctx: Context;
  audit: AuditTrail;
};

/** What is inside the layout; a title of its own takes the place of the page's. */
export type Shown = Html | { title: string; body: Html };
/** Where to go on, always below /console, and what to say there. */
export type Done = { to: string; said?: string };

/** What came with a form, as it came. */
export type Given = Record<string, string | string[]>;
/** A form that was refused: what is wrong with it as a whole, and with each field by its name. */
export type Refused = { given: Given; message: string; fields: Record<string, string> };

export type Asked = {
  visitor: Visitor;
  /** The hidden field that every form carries. */
  csrf: Html;
};

export type ConsolePage = {
  method: 'get' | 'post';
  path: string;
  title: string;
  /** What the navigation calls it; null for one that is reached from another. */
  nav: string | null;
  needs: Role;
  run(useCases: UseCases, asked: Asked, request: Request): Promise<Answer>;
};
/** A page, which was refused with 422 or is as it should be, or a file, or the way on. */
export type Answer = { shown: Shown; status: 200 | 422 } | { csv: CsvFile } | Done;

type Described<P extends z.ZodObject> = { path: string; title: string; needs: Role; params: P };

/** For a page without parameters or filters. */
export const none = z.object({});
/** For one that has an `:id`. */
export const withId = z.object({ id: z.guid() });

/** `GET /console<path>`. */
export function page<P extends z.ZodObject, Q extends z.ZodObject>(
  spec: Described<P> & {
    nav?: string;
    /** Fields that are unknown or empty are left out of what it sees. */
    query: Q;
    show(useCases: UseCases, asked: Asked & { params: z.output<P>; query: z.output<Q> }): Promise<Shown>;
  },
): ConsolePage {
  const { path, title, needs, nav = null } = spec;
  return {
    method: 'get',
    path,
    title,
    nav,
    needs,
    async run(useCases, asked, request) {
      const params = found(spec.params, request.params);
      const query = spec.query.safeParse(filled(request.query));
      if (!query.success)
        throw new Failure('unreadable', 'This address asks for something that there is not.');
      return { shown: await spec.show(useCases, { ...asked, params, query: query.data }), status: 200 };
    },
  };
}

/** `GET /console<path>`, of a CSV file of whatever length. */
export function file<P extends z.ZodObject>(
  spec: Described<P> & {
    answer(useCases: UseCases, asked: Asked & { params: z.output<P> }): Promise<CsvFile>;
  },
): ConsolePage {
  const { path, title, needs } = spec;
  return {
    method: 'get',
    path,
    title,
    nav: null,
    needs,
    async run(useCases, asked, request) {
      return { csv: await spec.answer(useCases, { ...asked, params: found(spec.params, request.params) }) };
    },
  };
}

/** `POST /console<path>`, of a form on some page. */
export function form<P extends z.ZodObject, B extends z.ZodType>(
  spec: Described<P> & {
    /** Of what urlencoded forms bring: texts, and lists of them where a name came more than once. */
    body: B;
    act(
      useCases: UseCases,
      asked: Asked & { params: z.output<P>; body: z.output<B>; file: UploadedFile | null },
    ): Promise<Done | Shown>;
    /** The page that the form was on, with what was given and what is wrong with it. Left out: a plain page says it. */
    again?(useCases: UseCases, asked: Asked & { params: z.output<P>; refused: Refused }): Promise<Shown>;
  },
): ConsolePage {
  const { path, title, needs, again = plainRefusal } = spec;
  return {
    method: 'post',
    path,
    title,
    nav: null,
    needs,
    async run(useCases, asked, request) {
      const params = found(spec.params, request.params);
      const given = givenIn(request);
      const refuse = async (message: string, fields: Record<string, string>): Promise<Answer> => ({
        shown: await again(useCases, { ...asked, params, refused: { given, message, fields } }),
        status: 422,
      });
      const body = spec.body.safeParse(given);
      if (!body.success) return refuse('Some fields were refused.', refusedFields(body.error.issues));
      try {
        const brought = { params, body: body.data, file: fileOf(request) };
        const outcome = await spec.act(useCases, { ...asked, ...brought });
        return 'to' in outcome ? outcome : { shown: outcome, status: 200 };
      } catch (error) {
        if (!(error instanceof Failure) || !refusals.has(error.code)) throw error;
        return refuse(error.message, error.fields ?? {});
      }
    },
  };
}

const refusals = new Set(['invalid', 'conflict']);
// PostgreSQL cannot store NUL, and no browser lets anybody type it.
const field = z.string().refine((text) => !text.includes('\0'));
const givenFields = z.record(field, z.union([field, z.array(field)]));

function givenIn({ body }: Request): Given {
  const parsed = givenFields.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new Failure('unreadable', 'This form has characters that cannot be stored.');
}

/** For a body: a field that may come any number of times, as checkboxes of one name do. */
export function many<S extends z.ZodType>(each: S) {
  return z.preprocess(
    (given) => (given === undefined ? [] : Array.isArray(given) ? given : [given]),
    z.array(each),
  );
}

/** For a body: a checkbox, whose field comes only when it is ticked. */
export const ticked = z
  .string()
  .optional()
  .transform((given) => given !== undefined);

async function plainRefusal(_useCases: UseCases, { refused }: { refused: Refused }): Promise<Shown> {
  const problems = Object.entries(refused.fields).map(([name, why]) => html`<li>${name}: ${why}</li>`);
  return html`<p class="notice bad">${refused.message}</p>${problems.length > 0 && html`<ul>${problems}</ul>`}
<p>Go back to change it: nothing was done.</p>`;
}

function found<P extends z.ZodObject>(params: P, raw: unknown): z.output<P> {
  const parsed = params.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new Failure('not-found', 'There is nothing at this address.');
}

/** An empty field of a filter's form means that it was not used. */
function filled(query: Request['query']): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}
