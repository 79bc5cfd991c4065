// Every screen of the Messenger in every language: valid for Intercom, with a way on; and what is stored is no one's.
import { expect, test } from 'vitest';
import { configureScreens, messengerScreens } from '../../canvas/fixtures/messenger-screens.ts';
import { decodePress, encodePress } from '../../canvas/messenger/action.ts';
import {
  drawConfigure,
  drawContent,
  drawPublic,
  type InitializeAnswer,
  messengerScreenNames,
  type PersonalCanvas,
  publicScreenNames,
} from '../../canvas/messenger/render.ts';
import type { MessengerView, PersonalView, PublicView } from '../../canvas/messenger/view.ts';
import { checkCanvas } from '../../sandbox/inbox/canvas-check.ts';
import { languages } from '../../src/domain/languages/language.ts';

type Component = { type: string; id?: string; action?: { type: string }; [key: string]: unknown };

const componentsOf = (answer: unknown): Component[] => {
  const { canvas = answer } = Object(answer);
  return Object(canvas).content.components;
};

const views = languages.flatMap((language) =>
  Object.entries(messengerScreens).map(([name, view]) => ({ name, language, view: view(language) })),
);
const isPublic = (view: MessengerView): view is PublicView => publicScreenNames.includes(view.screen);

test.each(views)('$name in $language is drawn, and offers only what the app understands', ({ view }) => {
  const drawn = drawContent(view);
  expect(checkCanvas(drawn, 'messenger', 'content')).toEqual({ problems: [], warnings: [] });
  for (const { type, id, action, items } of componentsOf(drawn)) {
    const ids = type === 'list' ? (items as Component[]).map((item) => item.id) : [id];
    if (action?.type === 'submit' || type === 'list')
      for (const each of ids) expect(decodePress(each ?? ''), each).not.toBeNull();
  }
});

test.each(Object.entries(configureScreens))('%s is drawn for teammates', (_name, view) => {
  const answer = { canvas: drawConfigure(view, { v: 1 }) };
  expect(checkCanvas(answer, 'configure', 'configure')).toEqual({ problems: [], warnings: [] });
});

test('there is a fixture of every screen', () => {
  expect(new Set(views.map(({ view }) => view.screen))).toEqual(new Set(messengerScreenNames));
});

test('no way on is missing: what is personal can always be left', () => {
  for (const { view } of views) {
    if (view.screen === 'closed' || isPublic(view)) continue;
    const acting = componentsOf(drawContent(view)).filter(
      ({ type, action }) => type === 'list' || action?.type === 'submit',
    );
    expect(acting.length, view.screen).toBeGreaterThan(0);
  }
});

test('what Intercom stores has no field about a person, and the types let nothing else be stored', () => {
  const allowed = ['screen', 'language', 'wording', 'state', 'promised', 'why', 'moreUrl'];
  const stored = views.filter(({ view }) => isPublic(view));
  expect(stored.length).toBeGreaterThan(20);
  for (const { view, name } of stored) {
    expect(
      Object.keys(view).filter((field) => !allowed.includes(field)),
      name,
    ).toEqual([]);
    expect(JSON.stringify(isPublic(view) && drawPublic(view, { v: 1 }))).not.toMatch(/\/r\/|@/);
  }
  const own = views.map(({ view }) => view).find((view): view is PersonalView => !isPublic(view));
  if (!own) throw new Error('there is no personal view');
  // @ts-expect-error a personal view cannot be drawn as what is stored
  const draw = () => drawPublic(own, { v: 1 });
  const drawn: PersonalCanvas = { content: drawContent(own).content };
  // @ts-expect-error what was drawn for one person cannot be the answer to initialize
  const answer: InitializeAnswer = { canvas: drawn };
  expect([typeof draw, typeof answer]).toEqual(['function', 'object']);
});

test('every press comes back from its component id as it was', () => {
  const presses = [
    { do: 'home' },
    { do: 'show-link', campaignId: 'a b:c/é' },
    { do: 'share', channel: 'email' },
  ] as const;
  for (const press of presses) expect(decodePress(encodePress(press))).toEqual(press);
  for (const id of ['', 'home:1', 'join', 'join:', 'join:%00', '__proto__', 'nothing'])
    expect(decodePress(id), id).toBeNull();
});
