// What forms offer to choose from: the attributes and tags that the workspace has in Intercom, with their values.
import type { Context } from '../../context.ts';
import {
  type Attribute,
  isOwn,
  standardAttributes,
  type Tag,
} from '../../domain/contacts/attribute-catalog.ts';
import type { ContactAttribute, NewAttribute } from '../../domain/enrollment/mapping.ts';
import type { Known } from '../../domain/qualification/rule-check.ts';
import { referredTag } from '../../domain/runs/write-back.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import { withTimeout } from '../with-timeout.ts';
import { recordAudit } from '../workspace/record-audit.ts';

/** `trouble`: why only what Intercom always has is offered; null when all is. */
export type RuleChoices = { attributes: readonly Attribute[]; tags: readonly Tag[]; trouble: string | null };
export type MappingChoices = { attributes: readonly ContactAttribute[]; trouble: string | null };

/** A page does not wait longer for Intercom than this. */
const patienceMs = 1_500;
// They change seldom, and a form is drawn again with each of its buttons.
const cachedMs = 60_000;
const noAnswer = 'Intercom did not say which attributes and tags there are. Try again in a moment.';

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
  // What failed is asked again by the next request.
  known.catch(() => cache.delete(workspaceId));
  return known;
}

/** Null when it does not come in time, or not at all. */
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
    tags: (known?.tags ?? []).filter(({ name }) => name.toLowerCase() !== referredTag.toLowerCase()),
    trouble: known === null ? noAnswer : null,
  };
}

export async function mappingChoices(ctx: Context, workspaceId: string): Promise<MappingChoices> {
  const known = await inTime(ctx.intercom.background.attributes.of(workspaceId));
  const offered = (known ?? []).filter(({ name }) => !isOwn(`custom_attributes.${name}`));
  return { attributes: offered, trouble: known === null ? noAnswer : null };
}

/** Creates an attribute of contacts in Intercom. Rejects with a Failure when it does not do it. */
export async function createAttribute(
  ctx: Context,
  workspaceId: string,
  attribute: NewAttribute,
  actor: Actor,
): Promise<void> {
  const { attributes } = ctx.intercom.background;
  const created = await attributes.create(workspaceId, attribute);
  attributes.forget(workspaceId);
  cacheOf(ctx).delete(workspaceId);
  if (!created) return;
  const details = { names: attribute.name, kind: attribute.kind };
  await ctx.database.transaction((tx) =>
    recordAudit(ctx, tx, workspaceId, actor, 'attributes.create', null, details),
  );
}
