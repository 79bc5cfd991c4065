// The days that holds promise, in words that are stored: written again when the workspace's time zone changes.
import { explainHolding } from '../../domain/qualification/rule-explanation.ts';
import type { Tx } from '../../store/database.ts';
import { explainedHolds } from '../../store/qualification/holds.ts';
import { setExplanation } from '../../store/qualification/ruled-referrals.ts';

/** Call it in the transaction that changes the zone. */
export async function rewriteHoldDays(
  tx: Tx,
  workspaceId: string,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const explanations = new Map<string, string>();
  for (const { referralId, explanation, name, definition, dueAt } of await explainedHolds(tx, workspaceId)) {
    const promise = (timeZone: string) => explainHolding(name, { dueAt, timeZone }, definition.then);
    const before = explanations.get(referralId) ?? explanation;
    explanations.set(
      referralId,
      before.replace(promise(from), () => promise(to)),
    );
  }
  for (const [id, explanation] of explanations) await setExplanation(tx, workspaceId, id, explanation);
}
