// Components that several screens share: buttons bound to actions, the navigation at the bottom, notices.
import { type Action, encodeAction } from './action.ts';
import type { Button, Component } from './components.ts';
import { button, divider, isWebUrl, openUrl, submit, text } from './kit.ts';
import { lengths, safe } from './text.ts';
import type { CardContact, Notice } from './view.ts';

export function press(label: string, action: Action, style: Button['style'] = 'secondary'): Button {
  return button({ id: encodeAction(action), label, style, action: submit });
}

/** `url` must pass `isWebUrl`. */
export function open(label: string, url: string): Button {
  return button({ id: 'open', label, style: 'link', action: openUrl(url) });
}

/** No button when there is no address, or one that Canvas Kit would not open. */
export function openIfWeb(label: string, url: string | null | undefined): Button[] {
  return url && isWebUrl(url) ? [open(label, url)] : [];
}

export function convertButton({ role }: Pick<CardContact, 'role'>): Button[] {
  return role === 'lead' ? [press('Convert to user', { do: 'start-conversion' })] : [];
}

export const invite = (style: Button['style'] = 'secondary'): Button =>
  press('Invite to the program', { do: 'invite' }, style);
export const refresh = press('Refresh', { do: 'refresh' }, 'link');
/** Leaves a form. Not "Back", which could be mistaken for "Back to pending". */
export const cancel = press('Cancel', { do: 'home' }, 'link');
/** Leaves a screen that only shows something. */
export const done = press('Done', { do: 'home' }, 'link');

/** Buttons at the bottom, set apart as Intercom's guidelines ask. */
export function navigation(...buttons: Button[]): Component[] {
  return [divider({ bottom_margin: 'none' }), ...buttons];
}

export function header(words: string): Component {
  return text(words, { style: 'header' });
}

export function muted(words: string): Component {
  return text(words, { style: 'muted' });
}

/** A line with no gap below it, so that the next line reads as its continuation. */
export function tight(words: string, style: 'paragraph' | 'muted' = 'paragraph'): Component {
  return text(words, { style, bottom_margin: 'none' });
}

/** On a first canvas, `max` limits the notice to the few lines that fit. */
export function noticeLine(notice: Notice | undefined, max: number = lengths.value): Component[] {
  if (notice === undefined) return [];
  const words = safe(notice.text, max, 'Nothing was changed.');
  return [text(words, { style: notice.tone === 'problem' ? 'error' : 'paragraph' })];
}
