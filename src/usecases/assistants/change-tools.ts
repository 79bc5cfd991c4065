// Tools that change something, each with the preview that its confirmation comes from.
import { z } from 'zod';
import { isOutside } from '../../domain/platforms/platform.ts';
import type { Referral } from '../../domain/program/program.ts';
import { referralStatus, transition } from '../../domain/program/referral.ts';
import { hasFailed, runStates } from '../../domain/runs/run.ts';
import { capital } from '../../domain/words.ts';
import { changeReferral } from '../program/change-status.ts';
import { readReferral } from '../program/referrals.ts';
import { getRun, retryRun } from '../runs/run-log.ts';
import { changeOnce, confirmationFor, confirmationInput, confirmationSeconds } from './change-guard.ts';
import { runShape, toldRun } from './operation-tools.ts';
import { type ToolCall, tool } from './tool.ts';
import { bare, idOf, pageUrl, referralShape, toldReferral } from './tool-shapes.ts';

const text = z.string().nullable();
export const previewed = {
  allowed: z.boolean(),
  why_not: text,
  effects: z.array(z.string()),
  confirmation: text.describe('For the change. Null when it is not allowed.'),
  expires_in_seconds: z.int(),
};

type Preview = { allowed: boolean; why_not: string | null; effects: string[] };

export const confirmed = (
  call: ToolCall,
  name: string,
  args: Record<string, string | null>,
  preview: Preview,
) => ({
  ...preview,
  confirmation: preview.allowed ? confirmationFor(call, name, args) : null,
  expires_in_seconds: confirmationSeconds,
});

type StatusChange = 'qualify' | 'disqualify';

const reasonOf: Record<StatusChange, z.ZodType<string | undefined>> = {
  qualify: z.string().trim().min(1).max(255).optional().describe('Kept in the history.'),
  disqualify: z.string().trim().min(1).max(255).describe('Kept in the history. Needed.'),
};
const statusNames = { qualify: 'qualify_referral', disqualify: 'disqualify_referral' } as const;
const becomes = { qualify: 'qualified', disqualify: 'disqualified' } as const;
const effectWords: Record<StatusChange, string> = {
  qualify: 'The referral becomes qualified, and Intercom is updated.',
  disqualify:
    'The referral becomes disqualified, and Intercom is updated. Rewards that are not issued yet are canceled.',
};

const statusInput = (change: StatusChange) => ({
  referral_id: idOf('referral'),
  reason: reasonOf[change],
});

const previewOfStatus = (change: StatusChange, title: string) =>
  tool({
    name: `preview_${change}`,
    title,
    description: `Returns what ${statusNames[change]} would do to a referral, with a confirmation for it. Changes nothing.`,
    access: 'preview',
    input: statusInput(change),
    output: { ...previewed, referral: z.strictObject(referralShape) },
    async run(call, { referral_id, reason = null }) {
      const id = bare(referral_id);
      const referral = await readReferral(call.ctx, call.caller.workspaceId, id);
      const preview = effectOf(referral, change);
      return {
        ...confirmed(call, statusNames[change], { id, reason }, preview),
        referral: toldReferral(call.ctx, referral),
      };
    },
  });

function effectOf(referral: Referral, change: StatusChange): Preview {
  const result = transition(referral, change, referral.blocked);
  const allowed = result.outcome === 'changed';
  const why =
    result.outcome === 'refused' ? `${capital(result.why)}.` : `The referral is already ${referral.status}.`;
  const { rewards, platform } = referral.campaign;
  const due = [rewards.referrer, rewards.friend].flatMap((promised) => promised?.label ?? []);
  return {
    allowed,
    why_not: allowed ? null : why,
    effects: !allowed
      ? []
      : [
          effectWords[change],
          ...(isOutside(platform) ? ['The change is also sent to the referral platform.'] : []),
          ...(change === 'qualify' ? due.map((label) => `Can become due: ${label}`) : []),
        ],
  };
}

const changeOfStatus = (change: StatusChange, title: string, description: string) =>
  tool({
    name: statusNames[change],
    title,
    description,
    access: 'change',
    hints: { outside: true, ...(change === 'disqualify' ? { destructive: true as const } : {}) },
    input: { ...statusInput(change), ...confirmationInput },
    output: { referral_id: z.string(), status: referralStatus, under_way: z.boolean() },
    async run(call, { referral_id, reason = null, ...confirmation }) {
      const { ctx, caller } = call;
      const id = bare(referral_id);
      const result = await changeOnce(call, statusNames[change], { id, reason }, confirmation, async () => {
        const by = { actor: caller.actor, reason };
        const { status } = await changeReferral(ctx, caller.workspaceId, id, change, by);
        return { referral_id: id, status, under_way: status !== becomes[change] };
      });
      return statusResult.parse(result);
    },
  });

const statusResult = z.object({ referral_id: z.string(), status: referralStatus, under_way: z.boolean() });

export const previewQualify = previewOfStatus('qualify', 'Preview a qualification');
export const previewDisqualify = previewOfStatus('disqualify', 'Preview a disqualification');
export const qualifyReferral = changeOfStatus(
  'qualify',
  'Qualify a referral',
  'Qualifies a pending referral; the rewards of its campaign become due. Needs a confirmation from preview_qualify.',
);
export const disqualifyReferral = changeOfStatus(
  'disqualify',
  'Disqualify a referral',
  'Disqualifies a referral; its rewards that are not issued yet are canceled. Needs a confirmation from preview_disqualify.',
);

const retryInput = { run_id: idOf('run') };

export const previewRetry = tool({
  name: 'preview_retry',
  title: 'Preview a retry',
  description: 'Returns what retry_run would do, with a confirmation for it. Changes nothing.',
  access: 'preview',
  input: retryInput,
  output: { ...previewed, run: z.strictObject(runShape) },
  async run(call, { run_id }) {
    const { ctx, caller } = call;
    const id = bare(run_id);
    const run = await getRun(ctx, caller.workspaceId, id);
    const allowed = hasFailed(run) || (run.state === 'waiting' && run.pausedFor === null);
    const preview = {
      allowed,
      why_not: allowed ? null : `This run is ${run.state}${run.pausedFor ? ' and paused' : ''}.`,
      effects: allowed ? ['It is retried now, with all attempts.'] : [],
    };
    return {
      ...confirmed(call, 'retry_run', { id }, preview),
      run: toldRun((path) => pageUrl(ctx, path), run),
    };
  },
});

const retryResult = z.object({ run_id: z.string(), state: z.enum(runStates) });

export const retryRunTool = tool({
  name: 'retry_run',
  title: 'Retry a run',
  description: 'Retries a failed run, with all attempts. Needs a confirmation from preview_retry.',
  access: 'change',
  hints: { outside: true },
  input: { ...retryInput, ...confirmationInput },
  output: retryResult.shape,
  async run(call, { run_id, ...confirmation }) {
    const { ctx, caller } = call;
    const id = bare(run_id);
    const result = await changeOnce(call, 'retry_run', { id }, confirmation, async () => {
      const { state } = await retryRun(ctx, caller.workspaceId, id, caller.actor);
      return { run_id: id, state };
    });
    return retryResult.parse(result);
  },
});
