// Intercom's error body, which every failing answer of its API has.
import { randomUUID } from 'node:crypto';

export type ErrorList = {
  type: 'error.list';
  request_id: string;
  errors: { code: string; message: string; field?: string }[];
};

/** The body of a refusal; `field` only where Intercom names the parameter at fault. */
export function errorList(code: string, message: string, field?: string): ErrorList {
  return {
    type: 'error.list',
    request_id: randomUUID(),
    errors: [{ code, message, ...(field !== undefined && { field }) }],
  };
}
