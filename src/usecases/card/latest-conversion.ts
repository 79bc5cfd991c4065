// What the latest conversion of a contact means for its card: who they are by now, whether to wait, what failed.
import type { Notice } from '../../../canvas/view.ts';
import type { Contact } from '../../domain/contacts/contact.ts';
import type { CardAnswer } from '../../store/card/cards.ts';

// A conversion that began longer ago is no longer worth waiting for; its job settles it.
const convertingForMs = 2 * 60_000;
// The teammate may have left before Intercom answered; the next day it is no news.
const newsForMs = 10 * 60_000;

/** Intercom may still send the contact as it was before its conversion; ours is never undone, so it is believed. */
export function asConverted(contact: Contact, conversion: CardAnswer['conversion']): Contact {
  if (contact.role !== 'lead' || conversion?.state !== 'done') return contact;
  return { ...contact, id: conversion.intoContactId ?? contact.id, role: 'user' };
}

/** Under way, and for no longer than is worth waiting for. */
export function isConverting(conversion: CardAnswer['conversion'], now: Date): boolean {
  return conversion?.state === 'started' && now.getTime() - conversion.startedAt.getTime() < convertingForMs;
}

/** What to say of one that ended shortly ago without being done. */
export function notConverted(conversion: CardAnswer['conversion'], now: Date): Notice | null {
  if (conversion === null || conversion.finishedAt === null) return null;
  if (now.getTime() - conversion.finishedAt.getTime() > newsForMs) return null;
  const why = conversion.error ?? 'no reason was given';
  if (conversion.state === 'failed') return { tone: 'problem', text: `The conversion was not done: ${why}` };
  if (conversion.state === 'unsure')
    return { tone: 'problem', text: `It is being found out whether the conversion was done: ${why}` };
  return null;
}
