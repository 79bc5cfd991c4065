// Which of our marks there are in a workspace: the tag of referred contacts, the attributes that we write.
import { foldText } from '../../domain/identity.ts';
import { ownAttributes, referredTag } from '../../domain/runs/write-back.ts';
import type { IntercomCall } from '../call.ts';
import { readKnown } from '../data-attributes.ts';

/** The ids and names of our marks in a workspace; of the attributes, those by which contacts can be searched. */
export type Marks = { tagId: string | null; attributes: readonly string[] };

const keptForMs = 60_000;

/** Whether a date is set cannot be searched for; who has one of the others of ours has one of these. */
const texts = Object.entries(ownAttributes).flatMap(([name, { type }]) => (type === 'string' ? [name] : []));

/** Asked for once a minute at most, since they hardly ever change. Rejects with a Failure when Intercom does not tell. */
export function createMarks(callOf: (workspaceId: string) => Promise<IntercomCall>, now: () => Date) {
  const kept = new Map<string, { until: number; marks: Marks }>();
  return async function marksOf(workspaceId: string): Promise<Marks> {
    const last = kept.get(workspaceId);
    if (last && now().getTime() < last.until) return last.marks;
    const { attributes, tags } = await readKnown(await callOf(workspaceId));
    const there = new Set(attributes.map((one) => one.name));
    const tag = tags.find((one) => foldText(one.name) === foldText(referredTag));
    const marks = {
      tagId: tag?.id ?? null,
      attributes: texts.filter((name) => there.has(`custom_attributes.${name}`)),
    };
    kept.set(workspaceId, { until: now().getTime() + keptForMs, marks });
    return marks;
  };
}
