// Runs in words: what is done, its state, and details.
import {
  hasFailed,
  isWorkKind,
  type LoggedRun,
  type Pause,
  type RunState,
  workKinds,
} from '../../../domain/runs/run.ts';
import { type Html, html } from '../../html.ts';
import { badge } from '../parts.ts';
import { dateTime } from '../words.ts';

export const stateWords: Record<RunState, string> = {
  waiting: 'Waiting',
  done: 'Done',
  failed: 'Failed',
  dismissed: 'Dismissed',
  canceled: 'Canceled',
};

const pauses: Record<Pause, string> = {
  intercom: 'Paused: Intercom does not answer',
  platform: 'Paused: the platform does not answer',
  token: 'Paused: install the app again',
};

/** A kind that only a later version knows is shown by its name. */
export const kindText = (kind: string): string => (isWorkKind(kind) ? workKinds[kind].label : kind);

export const workText = ({ kind, work }: Pick<LoggedRun, 'kind' | 'work'>): string =>
  isWorkKind(kind) ? workKinds[kind].describe(work) : kind;

export function runBadge({ state, pausedFor, attempts }: LoggedRun): Html {
  if (state === 'waiting' && pausedFor !== null) return badge('fair', pauses[pausedFor]);
  if (state === 'waiting') return attempts > 0 ? badge('fair', 'Retrying') : badge('plain', 'Waiting');
  const tones = { done: 'good', failed: 'bad', dismissed: 'plain', canceled: 'plain' } as const;
  return badge(tones[state], stateWords[state]);
}

/** Null for a run that succeeded at once. */
export function runProgress(run: LoggedRun, timeZone: string): Html | null {
  const { state, pausedFor, attempts, maxAttempts, error, dueAt } = run;
  const waits = state === 'waiting' && pausedFor === null;
  if (attempts === 0 && error === null && !waits) return null;
  return html`<div class="quiet">${attempts > 0 && html`${attempts} of ${maxAttempts} attempts failed. `}
${waits && html`Next try ${dateTime(dueAt, timeZone)}. `}${error}</div>`;
}

export const runColumns = ['When', 'What', 'Why', 'State'];

export function runRow(run: LoggedRun, timeZone: string): Html {
  return html`<td>${dateTime(run.createdAt, timeZone)}</td>
<th scope="row"><a href="/console/run-log/${run.id}">${workText(run)}</a></th>
<td>${run.cause}</td>
<td>${runBadge(run)}${runProgress(run, timeZone)}</td>`;
}

export const canRetry = (run: LoggedRun): boolean =>
  hasFailed(run) || (run.state === 'waiting' && run.pausedFor === null);
