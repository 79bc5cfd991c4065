// Which of our marks exist in a workspace: the tag of referred contacts, and the attributes that we write.
import { foldText } from '../../domain/identity.ts';
import { ownAttributes, referredTag } from '../../domain/runs/write-back.ts';
import type { CallOf } from '../bound-calls.ts';
import { readKnown } from '../data-attributes.ts';

/** Of the attributes, only those that contacts can be searched by. */
export type Marks = { tagId: string | null; attributes: readonly string[] };

const keptForMs = 60_000;

/** A search cannot find set dates, but a contact with any of our other attributes also has one of these. */
const texts = Object.entries(ownAttributes).flatMap(([name, { type }]) => (type === 'string' ? [name] : []));

/** Cached for a minute, as they rarely change. Rejects with a Failure when Intercom does not respond. */
export function createMarks(callOf: CallOf, now: () => Date) {
  const kept = new Map<string, { until: number; marks: Marks }>();
  return async function marksOf(workspaceId: string): Promise<Marks> {
    const last = kept.get(workspaceId);
    if (last && now().getTime() < last.until) return last.marks;
    const { attributes, tags } = await readKnown(await callOf(workspaceId));
    const existing = new Set(attributes.map(({ name }) => name));
    const tag = tags.find(({ name }) => foldText(name) === foldText(referredTag));
    const marks = {
      tagId: tag?.id ?? null,
      attributes: texts.filter((name) => existing.has(`custom_attributes.${name}`)),
    };
    kept.set(workspaceId, { until: now().getTime() + keptForMs, marks });
    return marks;
  };
}
