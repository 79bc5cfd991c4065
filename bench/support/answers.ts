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

/** Appears where someone sees their own share link. */
export const everyLink = '/r/';

export const cardPath = '/intercom/inbox/initialize';
export const livePath = '/intercom/messenger/content';

/** Throws when a response is not a live canvas with the person's own link. Returns a response of median size. */
export async function checkLiveAnswers(url: string, requests: readonly SignedRequest[]): Promise<string> {
  const answers: string[] = [];
  for (const { body, signature, known } of requests) {
    const headers = { 'Content-Type': 'application/json', 'X-Body-Signature': signature };
    const answer = await fetch(url + livePath, { method: 'POST', headers, body });
    const text = await answer.text();
    if (answer.status !== 200 || !text.includes(everyLink))
      throw new Error(`The live canvas of ${known.email} was answered with ${answer.status}: ${text}`);
    answers.push(text);
  }
  answers.sort((left, right) => left.length - right.length);
  return answers[Math.floor(answers.length / 2)] ?? '';
}

/** Throws when a response is not its contact's card. Returns a response of median size. */
export async function checkAnswers(url: string, requests: readonly SignedRequest[]): Promise<string> {
  const answers: string[] = [];
  for (const request of requests) {
    const answer = await fetch(url + cardPath, {
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
