// What forms offer to choose from: the attributes and tags that the workspace has in Intercom, with their values.
import {
  type Attribute,
  isOwn,
  standardAttributes,
  type Tag,
} from '../../domain/contacts/attribute-catalog.ts';
import type { AttributeKind, ContactAttribute } from '../../domain/enrollment/mapping.ts';
import type { Known } from '../../domain/qualification/rule-check.ts';
import { referredTag } from '../../domain/runs/write-back.ts';

/** `trouble`: why only what Intercom always has is offered; null when all is. */
export type RuleChoices = { attributes: readonly Attribute[]; tags: readonly Tag[]; trouble: string | null };
export type MappingChoices = { attributes: readonly ContactAttribute[]; trouble: string | null };

export type AttributeChoicesDeps = {
  /** Null when the app is not installed in the workspace. */
  knownIn(workspaceId: string): Promise<Known | null>;
  attributes: {
    of(workspaceId: string): Promise<readonly ContactAttribute[]>;
    forget(workspaceId: string): void;
    create(workspaceId: string, attribute: { name: string; kind: AttributeKind }): Promise<void>;
  };
  now(): Date;
  /** A page does not wait longer for Intercom than this. */
  patienceMs: number;
};

export type AttributeChoices = ReturnType<typeof createAttributeChoices>;

// They change seldom, and a form is drawn anew with each of its buttons.
const keptMs = 60_000;
const notTold = 'Intercom did not say which attributes and tags there are. Try again in a moment.';

export function createAttributeChoices({ knownIn, attributes, now, patienceMs }: AttributeChoicesDeps) {
  const kept = new Map<string, { at: number; known: Promise<Known | null> }>();

  function known(workspaceId: string): Promise<Known | null> {
    const at = now().getTime();
    const last = kept.get(workspaceId);
    if (last && at - last.at < keptMs) return last.known;
    const asked = knownIn(workspaceId);
    kept.set(workspaceId, { at, known: asked });
    // What failed is asked again by the next one.
    asked.catch(() => kept.delete(workspaceId));
    return asked;
  }

  /** Null when it does not come in time, or not at all. */
  function inTime<T>(asked: Promise<T>): Promise<T | null> {
    const late = new Promise<null>((resolve) => setTimeout(resolve, patienceMs, null).unref());
    return Promise.race([asked.catch(() => null), late]);
  }

  return {
    async forRules(workspaceId: string): Promise<RuleChoices> {
      const found = await inTime(known(workspaceId));
      return {
        attributes: [...(found?.attributes ?? []), ...standardAttributes].filter(({ name }) => !isOwn(name)),
        tags: (found?.tags ?? []).filter(({ name }) => name.toLowerCase() !== referredTag.toLowerCase()),
        trouble: found === null ? notTold : null,
      };
    },

    async forMapping(workspaceId: string): Promise<MappingChoices> {
      const found = await inTime(attributes.of(workspaceId));
      const offered = (found ?? []).filter(({ name }) => !isOwn(`custom_attributes.${name}`));
      return { attributes: offered, trouble: found === null ? notTold : null };
    },

    /** Makes an attribute of contacts in Intercom. Rejects with a Failure when it does not do it. */
    async create(workspaceId: string, attribute: { name: string; kind: AttributeKind }): Promise<void> {
      await attributes.create(workspaceId, attribute);
      attributes.forget(workspaceId);
      kept.delete(workspaceId);
    },
  };
}
