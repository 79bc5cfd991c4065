// Writes our own attributes, tag and event to a contact.
import type { AxiosResponse } from 'axios';
import { z } from 'zod';
import {
  type Attributes,
  earlierDescriptions,
  ownAttributes,
  type WriteOutcome,
} from '../../domain/runs/write-back.ts';
import { bindCalls, type CallOf } from '../bound-calls.ts';
import { bodyOf, canonicalId, type IntercomCall, unexpected, wordsOf } from '../call.ts';
import { optional, wireId } from '../incoming/wire-text.ts';
import { type ContactEvent, tagId, trackEvent } from './contact-marks.ts';

const listed = z.object({
  data: z.array(
    optional(z.object({ name: z.string(), id: optional(wireId), description: optional(z.string()) })),
  ),
});

export const createWriteBack = (callOf: CallOf) =>
  bindCalls(callOf, { setAttributes, ensureAttributes, addTag, trackEvent: trackOwnEvent });

async function setAttributes(
  call: IntercomCall,
  contactId: string,
  attributes: Attributes,
): Promise<WriteOutcome | { outcome: 'unknown-attribute' }> {
  const answer = await call('put', `/contacts/${encodeURIComponent(contactId)}`, {
    custom_attributes: attributes,
  });
  // The code for an attribute that does not exist is not documented; its name is in the message.
  const aboutOurs = Object.keys(attributes).some((name) => wordsOf(answer).includes(name));
  if ((answer.status === 400 || answer.status === 422) && aboutOurs) return { outcome: 'unknown-attribute' };
  return outcomeOf(answer);
}

/**
 * Also describes those that are there without a description, which Copilot and teammates read. One that is refused, such
 * as an archived one, does not keep the others from being created.
 */
async function ensureAttributes(call: IntercomCall): Promise<void> {
  const existing = await readOwn(call);
  const refused: { name: string; answer: AxiosResponse }[] = [];
  for (const [name, { type, description }] of Object.entries(ownAttributes)) {
    const present = existing.get(name);
    if (present !== undefined) {
      if (isToDescribe(present) && present.description !== description)
        await call('put', `/data_attributes/${encodeURIComponent(present.id ?? '')}`, { description });
      continue;
    }
    // Not Messenger-writable: an end user could otherwise claim a qualification.
    const wanted = { name, model: 'contact', data_type: type, description, messenger_writable: false };
    const answer = await call('post', '/data_attributes', wanted);
    if (answer.status !== 200) refused.push({ name, answer });
  }
  if (refused.length === 0) return;
  // Another process may have created it a moment ago.
  const names = await readOwn(call);
  const missing = refused.find(({ name }) => !names.has(name));
  if (missing)
    throw unexpected(
      missing.answer,
      `Intercom did not create the attribute ${missing.name}: ${wordsOf(missing.answer)}`,
    );
}

type OwnAttribute = { id: string | null; description: string | null };

async function readOwn(call: IntercomCall): Promise<Map<string, OwnAttribute>> {
  const { data } = bodyOf(await call('get', '/data_attributes?model=contact'), listed);
  return new Map(
    data.flatMap((attribute) =>
      attribute
        ? [[attribute.name, { id: attribute.id ?? null, description: attribute.description ?? null }]]
        : [],
    ),
  );
}

/** What others wrote in Intercom stays. */
const isToDescribe = ({ id, description }: OwnAttribute) =>
  id !== null && (description === null || description === '' || earlierDescriptions.includes(description));

async function addTag(call: IntercomCall, contactId: string, tag: string): Promise<WriteOutcome> {
  const id = await tagId(call, tag);
  return outcomeOf(await call('post', `/contacts/${encodeURIComponent(contactId)}/tags`, { id }));
}

async function trackOwnEvent(call: IntercomCall, event: ContactEvent): Promise<WriteOutcome> {
  const answer = await trackEvent(call, event);
  return answer.status === 202 ? { outcome: 'done' } : outcomeOf(answer);
}

function outcomeOf(answer: AxiosResponse): WriteOutcome {
  if (answer.status === 200) return { outcome: 'done' };
  if (answer.status === 404) return { outcome: 'gone' };
  if (answer.status === 410) return { outcome: 'merged', into: canonicalId(answer) };
  throw unexpected(answer);
}
