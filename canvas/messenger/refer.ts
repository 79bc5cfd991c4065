// Referring a friend: the form, what came of it, and the limit of a day.
import { translate } from '../../src/domain/languages/translate.ts';
import { button, checkbox, input, openSheet, option, text } from '../kit.ts';
import { asTyped, safe } from '../text.ts';
import { consentGiven, encodePress, friendInputs } from './action.ts';
import { back, done, headline, muted, type Part, press } from './parts.ts';
import type { MessengerScreen } from './view.ts';

export function referFriend(view: MessengerScreen<'refer'>): Part[] {
  const { language, campaignId, wording, form } = view;
  const { problems } = form;
  const field = (id: 'name' | 'email') =>
    input({
      id: friendInputs[id],
      label: translate(language, `messenger.form.${id}`),
      value: asTyped(form[id]),
      save_state: problems[id] === undefined ? 'unsaved' : 'failed',
    });
  const [problem] = Object.values(problems);
  const consent = safe(wording.consent, 120, translate(language, 'messenger.form.consent'));
  return [
    // The button that led here is the title: a form, a problem and a title would be higher than half of the Messenger.
    ...(problem === undefined ? [] : [text(problem, { style: 'error', bottom_margin: 'none' })]),
    field('name'),
    field('email'),
    checkbox({
      id: friendInputs.consent,
      label: '',
      options: [option(consentGiven, consent)],
      ...(form.consent ? { value: [consentGiven] } : {}),
      save_state: problems.consent === undefined ? 'unsaved' : 'failed',
    }),
    press(translate(language, 'messenger.form.send'), { do: 'refer-friend', campaignId }, 'primary'),
    ...(problem === undefined ? [withOwnWords(view)] : []),
    back(language, { do: 'show-link', campaignId }),
  ];
}

/** Own words take more room than a card has. */
function withOwnWords({ language, campaignId, sheetUrl }: MessengerScreen<'refer'>): Part {
  return button({
    id: encodePress({ do: 'open-sheet', campaignId }),
    label: translate(language, 'messenger.form.longer'),
    style: 'link',
    action: openSheet(sheetUrl),
  });
}

/** Stays in the conversation, so it says what happened. The same for every email, known or not. */
export function sent({ language, campaignId, friend }: MessengerScreen<'sent'>): Part[] {
  const name = safe(friend, 40, '');
  const thanks =
    name === ''
      ? translate(language, 'messenger.sent.unnamed')
      : translate(language, 'messenger.sent', { name });
  return [
    text(`✅ ${thanks}`),
    muted(translate(language, 'messenger.sent.rules')),
    press(translate(language, 'messenger.refer'), { do: 'ask-friend', campaignId }),
    done(language),
  ];
}

export function limit({ language, count }: MessengerScreen<'limit'>): Part[] {
  return [
    headline(null, translate(language, 'messenger.refer')),
    muted(translate(language, 'messenger.form.limit', { count })),
    done(language),
  ];
}
