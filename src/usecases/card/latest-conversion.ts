// What a contact's latest conversion means for its card: their role now, whether to wait, what failed.
import type { Notice } from '../../../canvas/view.ts';
import type { Contact } from '../../domain/contacts/contact.ts';
import type { CardAnswer } from '../../store/card/cards.ts';

// Not worth waiting for a conversion that began earlier; its job settles it.
const convertingForMs = 2 * 60_000;
// Long enough for a teammate who left before Intercom answered.
const newsForMs = 10 * 60_000;

/** Intercom may still send the contact as it was before; a conversion is never undone, so our record wins. */
export function asConverted(contact: Contact, conversion: CardAnswer['conversion']): Contact {
  if (contact.role !== 'lead' || conversion?.state !== 'done') return contact;
  return { ...contact, id: conversion.intoContactId ?? contact.id, role: 'user' };
}

export function isConverting(conversion: CardAnswer['conversion'], now: Date): boolean {
  return conversion?.state === 'started' && now.getTime() - conversion.startedAt.getTime() < convertingForMs;
}

/** The notice for a recent conversion that failed. */
export function notConverted(conversion: CardAnswer['conversion'], now: Date): Notice | null {
  if (conversion === null || conversion.finishedAt === null) return null;
  if (now.getTime() - conversion.finishedAt.getTime() > newsForMs) return null;
  const why = conversion.error ?? 'no reason was given';
  if (conversion.state === 'failed') return { tone: 'problem', text: `Conversion failed: ${why}` };
  if (conversion.state === 'unsure')
    return { tone: 'problem', text: `Checking whether the conversion was done: ${why}` };
  return null;
}
