// Pages and forms of the console, all served by one table (routes.ts) that checks session, role and CSRF token.
// Paths are below /console. `params` parses their ids: a malformed or unknown id is a 404.
// `act` redirects with a flash message or returns a page; a secret shown once is such a page, without an address.
// A Failure `invalid` or `conflict`, or a refused body, shows `again` with status 422 and the submitted values.
import type { Request } from 'express';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { IdentifiedActor } from '../../domain/workspace/audit.ts';
import type { Role } from '../../domain/workspace/teammate.ts';
import { Failure } from '../../failure.ts';
import { troubleOf } from '../../usecases/trouble.ts';
import type { Visitor } from '../../usecases/workspace/sessions.ts';
import { inWords, refusedFields } from '../api/refused-fields.ts';
import type { CsvFile } from '../csv.ts';
import { type Html, html } from '../html.ts';
import { refusal, withProblems } from './fields.ts';
import { fileOf, type UploadedFile } from './upload.ts';

/** The content of the layout; its own title replaces the page's. */
export type PageBody = Html | { title: string; body: Html };
/** Always below /console; `flash` is shown on the next page. */
type Redirect = { to: string; flash?: string };

export type FormValues = Record<string, string | string[]>;
export type FormErrors = {
  /** The path of the form, as its route has it. */
  form: string;
  values: FormValues;
  message: string;
  fields: Record<string, string>;
};

export type PageContext = {
  ctx: Context;
  visitor: Visitor;
  workspaceId: string;
  timeZone: string;
  actor: IdentifiedActor;
  isAdministrator: boolean;
  /** The hidden field that every form carries. */
  csrf: Html;
  tabs: Html | null;
  /** Null unless the page is shown again for a refused form. */
  refused: FormErrors | null;
};

type Entry = {
  title: string;
  needs: Role;
  tab?: { group: string; label: string };
};
export type ConsolePage = Entry & {
  method: 'get' | 'post';
  path: string;
  /** Its label in the navigation, if it is there. */
  nav?: string;
  /** What waits there, shown beside the label. */
  navCount?: NavCount;
  run(context: PageContext, request: Request): Promise<Answer>;
};
export type Answer = { shown: PageBody; status: 200 | 422 } | { csv: CsvFile } | Redirect;

type NavCount = (ctx: Context, workspaceId: string) => Promise<number>;

const none = z.object({});
export const withId = z.object({ id: z.guid() });

type WithParams<P extends z.ZodObject> = PageContext & { params: z.output<P> };

/** `GET /console<path>`. */
export function page<P extends z.ZodObject = typeof none, Q extends z.ZodObject = typeof none>(
  path: string,
  {
    params,
    query,
    show,
    ...entry
  }: Entry & {
    nav?: string;
    navCount?: NavCount;
    params?: P;
    /** Unknown and empty fields are dropped before parsing. */
    query?: Q;
    show(context: WithParams<P> & { query: z.output<Q> }): Promise<PageBody>;
  },
): ConsolePage {
  return {
    ...{ ...entry, method: 'get', path },
    async run(context, request) {
      const found = paramsIn(request, params);
      const shown = await show({ ...context, params: found, query: queryIn(request, query) });
      return { shown, status: 200 };
    },
  };
}

/** `GET /console<path>`, a CSV file of any length. */
export function file<P extends z.ZodObject = typeof none, Q extends z.ZodObject = typeof none>(
  path: string,
  {
    params,
    query,
    answer,
    ...entry
  }: Entry & {
    params?: P;
    query?: Q;
    answer(context: WithParams<P> & { query: z.output<Q> }): Promise<CsvFile>;
  },
): ConsolePage {
  return {
    ...{ ...entry, method: 'get', path },
    run: async (context, request) => ({
      csv: await answer({
        ...context,
        params: paramsIn(request, params),
        query: queryIn(request, query),
      }),
    }),
  };
}

/** `POST /console<path>`, a form on some page. */
export function form<P extends z.ZodObject = typeof none, B extends z.ZodType = typeof none>(
  path: string,
  {
    params,
    body,
    act,
    again = plainRefusal,
    ...entry
  }: Entry & {
    params?: P;
    /** Parses urlencoded fields: texts, and lists of texts for repeated names. */
    body?: B;
    act(
      context: WithParams<P> & { body: z.output<B>; file: UploadedFile | null },
    ): Promise<Redirect | PageBody>;
    /** The form's page with the submitted values and errors. By default, a plain page shows the errors. */
    again?(context: WithParams<P> & { refused: FormErrors }): Promise<PageBody>;
  },
): ConsolePage {
  return {
    ...{ ...entry, method: 'post', path },
    async run(context, request) {
      const found = paramsIn(request, params);
      const values = valuesIn(request);
      const refuse = async (message: string, fields: Record<string, string>): Promise<Answer> => {
        const refused = { form: path, values, message, fields };
        const shown = await again({ ...context, params: found, refused });
        const complete =
          'body' in shown
            ? { ...shown, body: withProblems(shown.body, refused) }
            : withProblems(shown, refused);
        return { shown: complete, status: 422 };
      };
      const read = (body ?? none).safeParse(values, inWords);
      if (!read.success) return refuse('Fix the fields below.', refusedFields(read.error.issues));
      const submitted = { body: read.data as z.output<B>, file: fileOf(request) };
      try {
        const outcome = await act({ ...context, params: found, ...submitted });
        return 'to' in outcome ? outcome : { shown: outcome, status: 200 };
      } catch (error) {
        if (!(error instanceof Failure) || !refusals.has(error.code)) throw error;
        return refuse(error.message, error.fields ?? {});
      }
    },
  };
}

/** Where a page has several forms: the errors of the form at `path`, if that was refused. */
export function refusedForm(path: string, { refused }: Pick<PageContext, 'refused'>): FormErrors | null {
  return refused?.form === path ? refused : null;
}

const refusals = new Set(['invalid', 'conflict']);
// PostgreSQL cannot store NUL, and browsers do not let people type it.
const field = z.string().refine((text) => !text.includes('\0'));
/** For a body with fields that depend on the page. */
export const anyFields = z.record(field, z.union([field, z.array(field)]));

function valuesIn({ body }: Request): FormValues {
  const parsed = anyFields.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new Failure(
    'unreadable',
    'This form has characters that cannot be stored. Remove them and try again.',
  );
}

/** The last value when the name repeats. */
export function textIn(values: FormValues, name: string): string | null {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return (Array.isArray(value) ? value.at(-1) : value) ?? null;
}

/** For a body: a field that may repeat, such as checkboxes with the same name. */
export function many<S extends z.ZodType>(each: S) {
  return z.preprocess(
    (given) => (given === undefined ? [] : Array.isArray(given) ? given : [given]),
    z.array(each),
  );
}

/** For a body: a checkbox, sent only when it is checked. */
export const ticked = z
  .string()
  .optional()
  .transform((given) => given !== undefined);

async function plainRefusal({ refused }: { refused: FormErrors }): Promise<PageBody> {
  return html`${refusal(refused)}
<p>Nothing was changed. Go back and fix the fields.</p>`;
}

function paramsIn<P extends z.ZodObject>(request: Request, params: P | undefined): z.output<P> {
  const parsed = (params ?? none).safeParse(request.params);
  if (parsed.success) return parsed.data as z.output<P>;
  throw new Failure('not-found', 'Page not found.');
}

function queryIn<Q extends z.ZodObject>(request: Request, query: Q | undefined): z.output<Q> {
  const read = (query ?? none).safeParse(filled(request.query));
  if (read.success) return read.data as z.output<Q>;
  throw new Failure('unreadable', 'This address is not valid.');
}

/** An empty filter field means that the filter is not used. */
function filled(query: Request['query']): object {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
}

/** When another service does not answer, or refuses, the form comes back as submitted instead of an error page. */
export async function asFormError<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const { of, exchange } = troubleOf(error);
    const away =
      error instanceof Failure && (of !== 'work' || exchange !== undefined || error.code === 'bad-upstream');
    throw away ? new Failure('conflict', error.message, { cause: error }) : error;
  });
}
