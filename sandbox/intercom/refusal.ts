// What Intercom answers when it does not do what it was asked.
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { z } from 'zod';
import { errorList } from '../error-list.ts';

export type Refusal = Error & { status: number; code: string; field?: string; link?: string };

/** An error to throw from a route; `link` is the path of the contact to look at instead. */
export function refusal(
  status: number,
  code: string,
  message: string,
  more: { field?: string; link?: string } = {},
): Refusal {
  return Object.assign(new Error(message), { status, code, ...more });
}

/** The 404 that a resource has which is not there; people are always called users in it. */
export function notFound(message = 'Resource Not Found', code = 'not_found'): Refusal {
  return refusal(404, code, message);
}

/** The 400 for a value that will not do. */
export function invalid(message: string, field?: string): Refusal {
  return refusal(400, 'parameter_invalid', message, field === undefined ? {} : { field });
}

const refusalSchema = z.object({
  status: z.number(),
  code: z.string(),
  message: z.string(),
  field: z.string().optional(),
  link: z.string().optional(),
});
// What express.json() throws.
const bodyProblemSchema = z.object({ status: z.number(), type: z.string() });

/** The last word on unknown routes and wrong methods. */
export const answerUnknown: RequestHandler = (_req, res) => {
  res.status(404).json(errorList('not_found', 'Resource Not Found'));
};

/** Turns what a route threw into Intercom's error body; what is not a refusal is for express to report. */
export const answerRefusals: ErrorRequestHandler = (error, _req, res, next) => {
  const problem = bodyProblemSchema.safeParse(error);
  if (problem.success && problem.data.status < 500) {
    const tooLarge = problem.data.status === 413;
    const message = tooLarge ? 'Request body is too large' : 'The request body is not valid JSON';
    res.status(problem.data.status).json(errorList('bad_request', message));
    return;
  }
  const known = refusalSchema.safeParse(error);
  if (!known.success) return next(error);
  const { status, code, message, field, link } = known.data;
  if (link !== undefined) res.set('Link', `<${link}>; rel="canonical"`);
  res.status(status).json(errorList(code, message, field));
};
