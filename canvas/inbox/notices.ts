// Screens without referral data: not installed, no contact, no match, or a service is down. Each offers a next step.
import { encodeAction } from '../action.ts';
import type { Button, Component } from '../components.ts';
import { moment } from '../dates.ts';
import { isWebUrl, item, list, submit, text } from '../kit.ts';
import {
  convertButton,
  done,
  invite,
  muted,
  navigation,
  noticeLine,
  open,
  openIfWeb,
  press,
  refresh,
} from '../parts.ts';
import { lengths, safe } from '../text.ts';
import type { Clock, Screen } from '../view.ts';
import { contactName } from '../words.ts';

/** How many people fit in 400 px at a line each; one fewer below a notice. */
const maxPeople = 3;

export function notInstalled(shown: Screen<'not-installed'>): Component[] {
  const install = waysToInstall('Install Referral Desk', shown);
  return [
    muted('Referral Desk is not installed in this workspace, or its access was revoked.'),
    ...install.words,
    ...navigation(...install.buttons, refresh),
  ];
}

export function noContact(): Component[] {
  return [
    muted('No contact to show. Select a participant of the conversation, then refresh.'),
    ...navigation(refresh),
  ];
}

export function noIdentity({ contact, clock, notice, settingsUrl }: Screen<'no-identity'>): Component[] {
  return [
    ...noticeLine(notice, lengths.notice),
    muted('This contact has no email and no external ID to find referrals by.'),
    muted('Ask for an email, save it on the contact, then refresh.'),
    ...convertButton(contact),
    ...foot(clock, settingsUrl),
  ];
}

export function unknownPerson(shown: Screen<'unknown-person'>): Component[] {
  const { contact, clock, notice, settingsUrl } = shown;
  return [
    ...noticeLine(notice, lengths.notice),
    muted(`No referral found for ${safe(contact.email, 60, contactName(contact))}.`),
    // A notice needs this space; "Why no credit?" says it, too.
    ...(notice ? [] : [muted('Signed up with another email? Add it to the contact, then refresh.')]),
    press('Why no credit?', { do: 'show-not-referred' }),
    press('Add as referral', { do: 'ask-credit' }),
    ...convertButton(contact),
    ...foot(clock, settingsUrl, ...(notice ? [] : [invite('link')])),
  ];
}

export function severalMatches(shown: Screen<'several-matches'>): Component[] {
  const { people, clock, notice, settingsUrl } = shown;
  const max = notice ? maxPeople - 1 : maxPeople;
  const rest = people.length - max;
  return [
    ...noticeLine(notice, lengths.notice),
    text('Several people have this email. Choose who this is.'),
    ...personList(people.slice(0, max)),
    ...(rest > 0 ? [muted(`${rest} more. Save the external ID on the contact to tell them apart.`)] : []),
    ...foot(clock, settingsUrl),
  ];
}

const failures: Record<Screen<'unavailable'>['what'], string> = {
  'referral-data': 'Referral data could not be loaded. Nothing was changed.',
  result: 'The result could not be shown. Refresh to see what changed.',
  intercom: 'Intercom did not answer. Nothing was changed.',
  'intercom-token': 'Intercom no longer accepts the access granted to Referral Desk. Nothing was changed.',
  'intercom-busy': 'Intercom’s rate limit is reached. Wait ten seconds. Nothing was changed.',
};

export function unavailable(shown: Screen<'unavailable'>): Component[] {
  const { what, retry } = shown;
  const install =
    what === 'intercom-token' ? waysToInstall('Reconnect Intercom', shown) : { words: [], buttons: [] };
  // When retrying returns to the first screen, another button would do the same.
  const ways = [...install.buttons, ...(retry.do === 'home' || retry.do === 'refresh' ? [] : [done])];
  return [
    muted(failures[what]),
    ...install.words,
    press(what === 'result' ? 'Refresh' : 'Try again', retry),
    ...(ways.length > 0 ? navigation(...ways) : []),
  ];
}

/** Plain text when the app is served over http, as on a private network: Canvas Kit does not open such addresses. */
function waysToInstall(
  label: string,
  { installUrl: url, ask }: Pick<Screen<'not-installed'>, 'installUrl' | 'ask'>,
): { words: Component[]; buttons: Button[] } {
  if (ask !== null || url === null)
    return {
      words: [text(safe(ask, lengths.value, 'Ask an administrator to reconnect Intercom.'))],
      buttons: [],
    };
  if (isWebUrl(url)) return { words: [], buttons: [open(label, url)] };
  return { words: [text(`Install it from ${safe(url, lengths.value, 'its own page')}`)], buttons: [] };
}

function personList(people: Screen<'several-matches'>['people']): Component[] {
  if (people.length === 0) return [];
  return [
    list(
      people.map((person) =>
        item({
          id: encodeAction({ do: 'choose-person', personId: person.id }),
          title: safe(person.name, lengths.short),
          subtitle: safe(person.externalId, 20, 'no external ID'),
          tertiary_text: safe(person.campaigns.join(', '), 20, 'no campaign'),
          action: submit,
        }),
      ),
    ),
  ];
}

function foot(clock: Clock, settingsUrl: string | undefined, ...more: Button[]): Component[] {
  return [
    muted(`As of ${moment(clock.asOf, clock.timeZone)}.`),
    ...navigation(...more, refresh, ...openIfWeb('Settings', settingsUrl)),
  ];
}
