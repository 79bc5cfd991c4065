// What Referral Factory answers when it does not do what it was asked.
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';

type Errors = Record<string, { field: string; message: string }[]>;
export type RfRefusal = Error & { status: number; errors: Errors };

/** An error to throw from a route. */
export function refusal(status: number, message: string, fields: Record<string, string> = {}): RfRefusal {
  const errors = Object.fromEntries(
    Object.entries(fields).map(([field, why]) => [field, [{ field, message: why }]]),
  );
  return Object.assign(new Error(message), { status, errors });
}

export function notFound(): RfRefusal {
  return refusal(404, 'Resource not found.');
}

/** Reads a body or a query; what will not do is a 422 with each field. */
export function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, message }) => [path.join('.') || 'body', message] as const);
  throw refusal(422, 'The given data was invalid.', Object.fromEntries(fields));
}

export function refuse(res: Response, status: number, message: string, errors: Errors = {}): void {
  res.status(status).json({ code: status, message, errors });
}

export const answerUnknown: RequestHandler = (_req, res) => refuse(res, 404, 'Resource not found.');

const known = z.object({
  status: z.int().min(400).max(499),
  message: z.string(),
  errors: z.custom<Errors>((value) => typeof value === 'object' && value !== null).optional(),
});

export const answerRefusals: ErrorRequestHandler = (error, _req, res, next) => {
  const problem = known.safeParse(error);
  if (!problem.success) return next(error);
  refuse(res, problem.data.status, problem.data.message, problem.data.errors);
};
