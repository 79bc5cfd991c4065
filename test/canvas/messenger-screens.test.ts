// Every screen of the Messenger in every language: valid for Intercom, with a way on; and what is stored is no one's.
import { expect, test } from 'vitest';
import { decodePress, encodePress } from '../../canvas/messenger/action.ts';
import { messengerFixtures, personalViews, publicViews } from '../../canvas/messenger/fixtures.ts';
import {
  drawContent,
  drawPublic,
  type InitializeAnswer,
  messengerScreenNames,
  type PersonalCanvas,
} from '../../canvas/messenger/render.ts';
import { checkCanvas } from '../../sandbox/inbox/canvas-check.ts';
import { languages } from '../../src/domain/languages/language.ts';

type Component = { type: string; id?: string; action?: { type: string }; [key: string]: unknown };

const componentsOf = (answer: unknown): Component[] => {
  const { canvas = answer } = Object(answer);
  return Object(canvas).content.components;
};

test.each(messengerFixtures)(
  '$name in $locale is drawn, and offers only what the app understands',
  (fixture) => {
    const { answer, place } = fixture;
    const isLive = !('canvas' in Object(answer));
    const kind = place === 'configure' ? 'configure' : isLive ? 'content' : 'initialize';
    const location = place === 'configure' ? 'configure' : 'messenger';
    expect(checkCanvas(answer, location, kind)).toEqual({ problems: [], warnings: [] });
    for (const { type, id, action, items } of componentsOf(answer)) {
      const ids = type === 'list' ? (items as Component[]).map((item) => item.id) : [id];
      if (place === 'end-user' && (action?.type === 'submit' || type === 'list'))
        for (const each of ids) expect(decodePress(each ?? ''), each).not.toBeNull();
    }
  },
);

test('there is a fixture of every screen', () => {
  const views = [...Object.values(publicViews('en')), ...Object.values(personalViews('en'))];
  expect(new Set(views.map(({ screen }) => screen))).toEqual(new Set(messengerScreenNames));
});

test('no way on is missing: what is personal can always be left', () => {
  for (const view of Object.values(personalViews('en'))) {
    if (view.screen === 'closed') continue;
    const acting = componentsOf(drawContent(view)).filter(
      ({ type, action }) => type === 'list' || action?.type === 'submit',
    );
    expect(acting.length, view.screen).toBeGreaterThan(0);
  }
});

test('what Intercom stores has no field about a person, and the types let nothing else be stored', () => {
  const personal = /name|email|friend'|link|code|counts|rewards"|contact|user/i;
  for (const language of languages)
    for (const [name, view] of Object.entries(publicViews(language))) {
      const fields = Object.keys(view).filter((field) => field !== 'promised');
      expect(
        fields.filter((field) => personal.test(field)),
        name,
      ).toEqual([]);
      expect(JSON.stringify(drawPublic(view, { v: 1 }))).not.toMatch(/\/r\/|@/);
    }
  const [own] = Object.values(personalViews('en'));
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
