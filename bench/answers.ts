// Looks at answers one by one before anything is measured: a fast answer counts only if it is the right card.
import { z } from 'zod';
import type { SignedRequest } from './requests.ts';

/** Stands on every card of a known contact, and on none of the screens that stand in for one. */
export const everyCard = 'As of ';

const cardAnswer = z.object({
  canvas: z.object({
    content: z.object({ components: z.array(z.looseObject({ type: z.string() })).min(4) }),
  }),
});

/** Throws when one is not its contact's card. Returns an answer of median size. */
export async function checkAnswers(url: string, requests: readonly SignedRequest[]): Promise<string> {
  const answers: string[] = [];
  for (const request of requests) {
    const answer = await fetch(`${url}/intercom/inbox/initialize`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Body-Signature': request.signature },
      body: request.body,
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`An initialize was answered with ${answer.status}: ${text}`);
    cardAnswer.parse(JSON.parse(text));
    const { campaigns, email } = request.known;
    if (!text.includes(everyCard) || !campaigns.some((name) => text.includes(name))) {
      throw new Error(`The card of ${email} shows none of their campaigns ${campaigns}: ${text}`);
    }
    answers.push(text);
  }
  answers.sort((one, other) => one.length - other.length);
  return answers[Math.floor(answers.length / 2)] ?? '';
}
