// Every button of the card that changes something: how to press it, and the action that it leaves in the audit log.

import { randomUUID } from 'node:crypto';
import type { Action } from '../../../canvas/action.ts';
import type { AuditAction } from '../../../src/domain/workspace/audit.ts';
import { idOf } from '../api.ts';
import { intercom, settled } from '../changes.ts';
import { openCard, pressId } from '../teammate.ts';
import { ambiguous, api, app, campaign, code, contact, review, unique } from './subjects.ts';

/** The card of a contact that was just added as a referral. */
async function credited() {
  const { id } = await contact();
  const form = await (await openCard(app, { id })).press('Add as referral');
  return form.press('Add as referral', { referrer: code, campaign });
}

/** What each button of the card changes; those that only lead on are `null`. */
export const cardCases: Record<Action['do'], { action: AuditAction; press(): Promise<void> } | null> = {
  home: null,
  refresh: null,
  'show-referral': null,
  'show-referrer': null,
  'show-campaigns': null,
  'show-answer': null,
  'show-referrer-answer': null,
  'show-no-credit': null,
  'compare-review': null,
  'other-person': null,
  'show-not-referred': null,
  'ask-unlink': null,
  'ask-unlink-referrer': null,
  'start-conversion': null,
  'preview-merge': null,
  unarchive: null,
  'ask-status': null,
  'ask-credit': null,
  'ask-undo-credit': null,
  'send-card': null,
  invite: null,
  'confirm-credit': {
    action: 'referral.create',
    press: async () => void (await credited()),
  },
  'confirm-undo-credit': {
    action: 'referral.undo_credit',
    async press() {
      const details = await (await credited()).press('More');
      await (await details.press('Undo credit')).press('Undo credit');
    },
  },
  'choose-person': {
    action: 'person.link',
    press: async () => void (await (await openCard(app, { id: await ambiguous() })).choose('Ambiguous')),
  },
  'confirm-unlink': {
    action: 'person.unlink',
    async press() {
      const id = await ambiguous();
      await (await openCard(app, { id })).choose('Ambiguous');
      const asked = await (await (await openCard(app, { id })).press('More')).press('Not this person');
      await asked.press('Unlink this person');
    },
  },
  'confirm-unlink-referrer': {
    action: 'person.unlink',
    async press() {
      const { id, email } = await contact();
      const person = { email: unique() };
      const referrer = idOf(await api.post('/referrers', { campaign_id: campaign, person }));
      const referred = idOf(await api.post('/referrals', { referrer_id: referrer, person: { email } }));
      await settled(app);
      await app.query('update people set contact_id = $1 where email in ($2, $3)', [id, email, person.email]);
      await pressId(app, { id }, `confirm-unlink-referrer:${referred}`);
    },
  },
  'same-person': {
    action: 'review.decide',
    async press() {
      const { contactId } = await review();
      const compared = await (await openCard(app, { id: contactId })).press('Compare and decide');
      await compared.press('Same person', { use: 'link' });
    },
  },
  'answer-review': {
    action: 'review.decide',
    async press() {
      const { contactId } = await review();
      const compared = await (await openCard(app, { id: contactId })).press('Compare and decide');
      const asked = await compared.press('Same person', { use: 'update' });
      await asked.press('Overwrite this contact');
    },
  },
  'confirm-role-change': {
    action: 'contact.convert',
    async press() {
      const { id } = await contact();
      const preview = await (await openCard(app, { id })).press('Convert to user');
      await preview.press('Confirm', { external_id: randomUUID() });
    },
  },
  'confirm-merge': {
    action: 'contact.convert',
    async press() {
      const { id, email } = await contact();
      await intercom(app, 'POST', '/contacts', { role: 'user', email });
      await settled(app);
      const preview = await (await openCard(app, { id })).press('Convert to user');
      await preview.press('Merge into existing user');
    },
  },
  'confirm-status': {
    action: 'referral.qualify',
    async press() {
      const { id, email } = await contact();
      idOf(await api.post('/referrals', { code, person: { email } }));
      await settled(app);
      const asked = await (await (await openCard(app, { id })).press('More')).press('Qualify');
      await asked.press('Qualify referral');
    },
  },
};
