// Intercom's refusals of one call, in each form, and what each becomes.

export type Form = {
  status: number;
  code?: string;
  by?: 'load-balancer';
  body?: 'empty' | 'cut-off';
};
/** What Intercom says, where it says anything. */
export const refusalWords = 'Not today';

/** `final`: not tried again. `own`: its own failure after its attempts. The status is what the API answers. */
export type Refusal = [
  name: string,
  form: Form,
  kind: 'final' | 'own',
  status: number,
  says: string | RegExp,
];

/** The kinds of refusal, each met by each way of work. */
export const refusals = {
  final: ['a 400', { status: 400, code: 'parameter_invalid' }, 'final', 422, refusalWords],
  conflict: ['a 409', { status: 409, code: 'conflict' }, 'final', 409, refusalWords],
  own: ['a plan restriction', { status: 403, code: 'api_plan_restricted' }, 'own', 403, /plan.*Not today/],
  gateway: ['a 403 of a gateway', { status: 403, by: 'load-balancer' }, 'own', 403, 'gateway'],
  lostWay: ['a 404 of a gateway', { status: 404, by: 'load-balancer' }, 'own', 422, 'gateway'],
} satisfies Record<string, Refusal>;

/** To every call the same as the first refusal of their kind, apart from their words. */
export const otherRefusals: Refusal[] = [
  ['a 422', { status: 422, code: 'unprocessable_entity' }, 'final', 422, refusalWords],
  ['a 422 without a body', { status: 422, body: 'empty' }, 'final', 422, '422'],
  ['a 400 that is cut off', { status: 400, body: 'cut-off' }, 'final', 422, '400'],
  ['a 405', { status: 405, code: 'method_not_allowed' }, 'final', 422, refusalWords],
  ['a 413', { status: 413, code: 'content_too_large' }, 'final', 413, refusalWords],
  ['a missing scope as 401', { status: 401, code: 'token_unauthorized' }, 'own', 403, refusalWords],
  ['a missing scope as 403', { status: 403, code: 'action_forbidden' }, 'own', 403, refusalWords],
  ['a token that is refused here alone', { status: 401, code: 'unauthorized' }, 'own', 403, refusalWords],
];
