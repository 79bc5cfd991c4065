// The choices in forms: the workspace's attributes and tags in Intercom, with their values.
import type { Context } from '../../context.ts';
import {
  type Attribute,
  isOwn,
  standardAttributes,
  type Tag,
} from '../../domain/contacts/attribute-catalog.ts';
import type { ContactAttribute, NewAttribute } from '../../domain/enrollment/mapping.ts';
import { foldText } from '../../domain/identity.ts';
import type { Known } from '../../domain/qualification/rule-check.ts';
import { referredTag } from '../../domain/runs/write-back.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { rethrowToCaller } from '../trouble.ts';
import { withTimeout } from '../with-timeout.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** `trouble`: why only Intercom's standard attributes are offered; null when all are. */
export type RuleChoices = { attributes: readonly Attribute[]; tags: readonly Tag[]; trouble: string | null };
export type MappingChoices = { attributes: readonly ContactAttribute[]; trouble: string | null };

/** The longest that a page waits for Intercom. */
const patienceMs = 1_500;
// They rarely change, and each button redraws the form.
const cachedMs = 60_000;
const noAnswer = 'Attributes and tags could not be read from Intercom. Try again in a moment.';

const caches = new WeakMap<Context['intercom'], Map<string, { at: number; known: Promise<Known> }>>();

function cacheOf({ intercom }: Context) {
  const cache = caches.get(intercom) ?? new Map<string, { at: number; known: Promise<Known> }>();
  caches.set(intercom, cache);
  return cache;
}

function readKnown(ctx: Context, workspaceId: string): Promise<Known> {
  const cache = cacheOf(ctx);
  const at = ctx.now().getTime();
  const last = cache.get(workspaceId);
  if (last && at - last.at < cachedMs) return last.known;
  const known = ctx.intercom.agents.readKnown(workspaceId);
  cache.set(workspaceId, { at, known });
  // The next request retries a failure.
  known.catch(() => cache.delete(workspaceId));
  return known;
}

/** Null when it fails or takes too long. */
function inTime<T>(answer: Promise<T>): Promise<T | null> {
  return withTimeout<T | null>(
    patienceMs,
    answer.catch(() => null),
    () => null,
  );
}

export async function ruleChoices(ctx: Context, workspaceId: string): Promise<RuleChoices> {
  const known = await inTime(readKnown(ctx, workspaceId));
  return {
    attributes: [...(known?.attributes ?? []), ...standardAttributes].filter(({ name }) => !isOwn(name)),
    tags: (known?.tags ?? []).filter(({ name }) => foldText(name) !== foldText(referredTag)),
    trouble: known === null ? noAnswer : null,
  };
}

export async function mappingChoices(ctx: Context, workspaceId: string): Promise<MappingChoices> {
  const known = await inTime(ctx.intercom.background.attributes.of(workspaceId));
  const offered = (known ?? []).filter(({ name }) => !isOwn(`custom_attributes.${name}`));
  return { attributes: offered, trouble: known === null ? noAnswer : null };
}

/** Rejects with a Failure when Intercom refuses. */
export async function createAttribute(
  ctx: Context,
  workspaceId: string,
  attribute: NewAttribute,
  actor: Actor,
): Promise<void> {
  const { attributes } = ctx.intercom.background;
  const created = await attributes.create(workspaceId, attribute).catch(rethrowToCaller);
  attributes.forget(workspaceId);
  cacheOf(ctx).delete(workspaceId);
  if (!created) return;
  const details = { names: attribute.name, kind: attribute.kind };
  await ctx.database.transaction((tx) =>
    recordAudit(ctx, tx, workspaceId, actor, 'attributes.create', null, details),
  );
}
