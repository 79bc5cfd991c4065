// Checks responses one by one before measuring: a fast response counts only if it is the right card.
import { z } from 'zod';
import type { SignedRequest } from './requests.ts';

/** Appears on every card of a known contact, and on no fallback screen. */
export const everyCard = 'As of ';

const cardAnswer = z.object({
  canvas: z.object({
    content: z.object({ components: z.array(z.looseObject({ type: z.string() })).min(4) }),
  }),
});

/** Throws when a response is not its contact's card. Returns a response of median size. */
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
  answers.sort((left, right) => left.length - right.length);
  return answers[Math.floor(answers.length / 2)] ?? '';
}
