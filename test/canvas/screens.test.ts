// Every screen of the card: valid for Intercom, within its guidelines, saying what it should, with a way on.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeAction, inputIds } from '../../canvas/action.ts';
import type { Button, Component, InboxAction } from '../../canvas/components.ts';
import { fixtures } from '../../canvas/fixtures.ts';
import { render, screenNames } from '../../canvas/render.ts';
import type { Card, InboxView } from '../../canvas/view.ts';
import { anyString } from './any-string.ts';
import { problemsOf } from './checker.ts';

const componentsOf = (view: InboxView) => render(view).canvas.content.components;
const buttonsOf = (view: InboxView) =>
  componentsOf(view).filter((one): one is Button => one.type === 'button');
const labelsOf = (view: InboxView) => buttonsOf(view).map((one) => one.label);

/** Everything a reader sees, one string per place. */
function wordsOf(component: Component): string[] {
  if (component.type === 'text') return [component.text];
  if (component.type === 'data-table') return component.items.flatMap((one) => [one.field, one.value]);
  if (component.type === 'list') {
    return component.items.flatMap((one) => [one.title, one.subtitle ?? '', one.tertiary_text ?? '']);
  }
  return 'label' in component ? [component.label ?? ''] : [];
}
const shown = (view: InboxView) => componentsOf(view).flatMap(wordsOf).join('\n');

/** What can be pressed, with its id. */
function waysOn(component: Component): { id: string; action: InboxAction }[] {
  if (component.type === 'button') return [component];
  if (component.type !== 'list') return [];
  return component.items.flatMap(({ id, action }) => (action === undefined ? [] : [{ id, action }]));
}

/** The fixture of that name. */
function screen(name: string): InboxView {
  const found = fixtures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.view;
}

function cardOf(name: string): Card {
  const view = screen(name);
  if (view.screen !== 'card') throw new Error(`${name} is no card`);
  return view.card;
}

function confirmLabel(view: InboxView): string {
  if (view.screen === 'preview-merge') return 'Merge into existing user';
  if (view.screen === 'add-referral') return 'Add as referral';
  if (view.screen === 'confirm-undo-credit') return 'Undo credit';
  if (view.screen === 'confirm-review')
    return view.answer === 'update' ? 'Overwrite this contact' : 'Create a new contact';
  if (view.screen === 'confirm-unlink')
    return view.who === 'friend' ? 'Unlink this person' : 'Unlink the referrer';
  if (view.screen !== 'confirm-status') return 'Confirm';
  return { qualify: 'Qualify referral', disqualify: 'Disqualify referral', reopen: 'Back to pending' }[
    view.change
  ];
}

describe.each(fixtures)('$name', ({ view, first }) => {
  test('is a canvas that Intercom draws', () => {
    expect(problemsOf(render(view))).toEqual([]);
  });

  test('has a way on: a button or a line that acts', () => {
    const ways = componentsOf(view).flatMap(waysOn);
    expect(ways.length).toBeGreaterThan(0);
    for (const { id, action } of ways) {
      if (action.type === 'submit') expect(decodeAction(id), id).not.toBeNull();
    }
  });

  test('has no button that says only "Back", beside "Back to pending"', () => {
    expect(buttonsOf(view).map(({ label }) => label)).not.toContain('Back');
  });

  test('writes no date that is relative to a day', () => {
    expect(shown(view)).not.toMatch(/\b(today|yesterday|ago|just now)\b/i);
  });

  test('offers primary buttons only to confirm, never where a card opens', () => {
    const primary = buttonsOf(view).filter((one) => one.style === 'primary');
    const confirming = [
      ...['preview-role-change', 'preview-merge', 'confirm-status', 'confirm-unlink'],
      ...['add-referral', 'confirm-undo-credit', 'confirm-review'],
    ].includes(view.screen);
    expect(primary.map((one) => one.label)).toEqual(!confirming ? [] : [confirmLabel(view)]);
    if (first) expect(confirming).toBe(false);
  });
});

test('there is a fixture for every screen', () => {
  const drawn = fixtures.map((one) => one.view.screen);
  expect(screenNames.filter((name) => !drawn.some((screen) => screen === name))).toEqual([]);
});

test('a referred lead: status, what it needs, referrer, campaign, reward, how matched, how old', () => {
  const words = shown(screen('Referred lead, pending'));
  for (const part of [
    '**Pending** since Nov 2, 2026',
    'Referred by [Sam Ortega](https://app.intercom.com/a/apps/ab12cd34/users/777)',
    'Campaign\nSpring',
    'Referrer reward\n10 EUR credit (not earned yet)',
    'Qualifies when plan is pro or team. Plan is free as of Nov 22, 2026. Expires Jan 31, 2027.',
    'Matched by email dana@whitlock',
    'As of Nov 22, 2026 at 1:05PM GMT',
  ]) {
    expect(words).toContain(part);
  }
  expect(labelsOf(screen('Referred lead, pending'))).toEqual([
    'Convert to user',
    'More',
    'Refresh',
    'Settings',
  ]);
});

test('what a referral needs is shown in the longest version that fits whole, and wholly under More', () => {
  const card = cardOf('Referred lead, pending, with two rewards');
  expect(shown({ screen: 'card', card })).toContain('Plan is free as of Nov 22, 2026.');
  const withRoomFor = (versions: string[]) => {
    const referrals = card.referrals.map((one) => ({
      ...one,
      outlook: { versions, needs: null, rules: [] },
    }));
    return shown({ screen: 'card', card: { ...card, referrals } });
  };
  const long = `Qualifies when ${'plan is pro and '.repeat(9)}seats is at least 5.`;
  expect(withRoomFor([long, 'Missing: seats.'])).toContain('\nMissing: seats.\n');
  expect(withRoomFor([long, 'Missing: seats.'])).not.toContain('…');
  const details = shown(screen('Referral, needs everything long'));
  expect(details).toContain('✗ ');
  expect(details.indexOf('✗ ')).toBeLessThan(details.indexOf('✓ '));
});

test('conversion is offered to leads only', () => {
  expect(labelsOf(screen('Referred user, qualified'))).toEqual(['More', 'Refresh', 'Settings']);
  expect(labelsOf(screen('Unknown person, a lead'))).toContain('Convert to user');
  expect(labelsOf(screen('Unknown person, a user'))).not.toContain('Convert to user');
  const card = { ...cardOf('Referred user, qualified') };
  const other: InboxView = { screen: 'card', card: { ...card, contact: { ...card.contact, role: 'other' } } };
  expect(labelsOf(other)).not.toContain('Convert to user');
});

test.each(['pending', 'qualified', 'disqualified', 'expired'] as const)('the status word of %s', (status) => {
  const card = cardOf('Referred user, qualified');
  const referrals = card.referrals.map((one) => ({ ...one, status, reason: 'because of a test' }));
  const words = shown({ screen: 'card', card: { ...card, referrals } });
  expect(words).toContain(`**${status.charAt(0).toUpperCase()}${status.slice(1)}** since`);
  expect(words).toContain('Reason: because of a test');
});

test('a referrer: link, joined, counts that add up, rewards, the latest, and how many more there are', () => {
  const words = shown(screen('Referrer'));
  for (const part of [
    'Referrer in **Partners**',
    '[refer.northwind.example/r/SAM-4F2K](https://refer.northwind.example/r/SAM-4F2K)',
    'Joined Mar 1, 2026',
    '12 referred, 4 pending, 6 qualified, 1 disqualified, 1 expired',
    '6 rewards earned: 2 due, 1 approved, 3 issued',
    'Dana Whitlock\nPending',
  ]) {
    expect(words).toContain(part);
  }
});

test('what a referrer’s card leaves out is counted', () => {
  for (const name of ['Referrer', 'Referrer, all of it']) {
    const view = screen(name);
    const rows = componentsOf(view).flatMap((one) => (one.type === 'data-table' ? one.items : []));
    const people = rows.filter(({ value }) => /^(Pending|Qualified|Disqualified|Expired)/.test(value));
    expect(shown(view), name).toContain(`${12 - people.length} more`);
  }
});

test('a disqualified referral promises no reward and says why there is none', () => {
  expect(shown(screen('Referred user, disqualified'))).toContain(
    'Referrer reward\nNone\nFriend reward\nNone',
  );
  const view = screen('Referral without history');
  if (view.screen !== 'referral') throw new Error('not a referral');
  const { referrals } = cardOf('Referred user, disqualified');
  const words = referrals.map((referral) => shown({ ...view, referral })).join();
  expect(words).toContain('Friend reward: none. The referral is disqualified.');
});

test('someone who is both sees both, and each line opens its own', () => {
  const lists = componentsOf(screen('Referred and referrer')).filter((one) => one.type === 'list');
  expect(lists.flatMap((one) => one.items.map((line) => [line.title, decodeAction(line.id)]))).toEqual([
    ['Referred in Spring', { do: 'show-referral', referralId: 'ref_1' }],
    ['Referrer in Partners', { do: 'show-referrer', referrerId: 'per_1' }],
  ]);
});

test('with many campaigns both roles are on the first screen and More leads to all of them', () => {
  const view = screen('Twelve campaigns');
  const words = shown(view);
  expect(words).toContain('Referred in Campaign 1');
  expect(words).toContain('Referrer in Partners');
  expect(words).toContain('3 of 12 campaigns shown');
  const more = buttonsOf(view).find((one) => one.label === 'More');
  expect(decodeAction(more?.id ?? '')).toEqual({ do: 'show-campaigns' });
  const all = shown({ screen: 'campaigns', card: cardOf('Twelve campaigns') });
  for (let index = 1; index <= 11; index++) expect(all).toContain(`Referred in Campaign ${index}\n`);
  expect(all).toContain('Referrer in Partners');
});

test('the history is newest first, says who and why, and counts what it leaves out', () => {
  const view = screen('Referral');
  if (view.screen !== 'referral') throw new Error('not the history');
  const words = shown({ ...view, history: view.history.toReversed() });
  expect(words).toContain(
    '**Qualified** by Pays for Pro. Referrer reward now due\nNov 20, 2026 at 4:45PM GMT: plan is pro',
  );
  expect(words.indexOf('**Qualified** by Pays')).toBeLessThan(words.indexOf('**Joined the'));
  expect(shown(screen('Referral, everything long'))).toContain('30 earlier entries not shown.');
});

test('the form of the role change names its fields and shows each problem above its field', () => {
  const components = componentsOf(screen('Preview: email wanted, both fields wrong'));
  const fields = components.filter((one) => one.type === 'input');
  expect(fields.map((one) => [one.id, one.save_state])).toEqual([
    [inputIds.email, 'failed'],
    [inputIds.externalId, 'failed'],
  ]);
  for (const field of fields) {
    expect(components[components.indexOf(field) - 1]).toMatchObject({ type: 'text', style: 'error' });
  }
  expect(fields[0]).toMatchObject({ value: 'dana@' });
  const plain = componentsOf(screen('Preview: becomes a user'));
  expect(plain.filter((one) => one.type === 'input').map((one) => one.id)).toEqual([inputIds.externalId]);
});

test('a preview says what stays, what is lost and that there is no way back', () => {
  expect(shown(screen('Preview: becomes a user'))).toMatch(/conversations, notes, tags and attributes stay/);
  expect(shown(screen('Preview: becomes a user'))).toContain('1 referral stays with them.');
  const merge = shown(screen('Preview: merge'));
  expect(merge).toContain('**Filled in from the lead**\nPhone\n+353 1 555 0100');
  expect(merge).toContain('**Discarded from the lead**\nName\nDana W., user has Dana Whitlock');
  expect(merge).toContain('**Kept from the user**\nEmail\ndana@whitlock.example');
  expect(merge).toContain('Moves to the user: 3 conversations, 1 note, 2 tags, 1 referral.');
  expect(merge).not.toContain('neither email nor phone');
  expect(shown(screen('Preview: merge of two strangers'))).toContain('neither email nor phone');
  for (const name of ['Preview: becomes a user', 'Preview: merge']) {
    expect(shown(screen(name))).toContain('This cannot be undone.');
  }
});

test('only a finished conversion reports the app as completed', () => {
  const reporting = fixtures.filter(({ view }) => render(view).event !== undefined);
  expect(new Set(reporting.map((one) => one.view.screen))).toEqual(new Set(['converted']));
  expect(render(screen('Converted')).event).toEqual({ type: 'completed' });
  expect(shown(screen('Converted'))).toContain('✅ Dana Whitlock is now a user');
});

test('trying again does what failed, and nothing was changed', () => {
  const again = buttonsOf(screen('Intercom is busy')).find((one) => one.label === 'Try again');
  expect(decodeAction(again?.id ?? '')).toEqual({ do: 'confirm-role-change', nonce: 'c0a8f3d2' });
  for (const { view } of fixtures) {
    if (view.screen !== 'unavailable') continue;
    // Whether a press that was cut short changed something is not known.
    const words = view.what === 'result' ? 'Refresh to see what changed.' : 'Nothing was changed.';
    expect(shown(view)).toContain(words);
  }
});

test('the installation opens in a tab where Canvas Kit allows, and is written out where not', () => {
  expect(buttonsOf(screen('Not installed'))[0]).toMatchObject({
    label: 'Install Referral Desk',
    action: { type: 'url', url: 'https://desk.northwind.example/install' },
  });
  expect(shown(screen('Not installed, app on plain http'))).toContain('http://10.0.0.7/install');
});

test('addresses that Canvas Kit refuses are left out instead of breaking the card', () => {
  const bad = 'javascript:alert(1)';
  const views = fixtures.map(({ view }) => view).map((view) => JSON.stringify(view));
  for (const text of views.filter((one) => /"(platformUrl|contactUrl|link|settingsUrl)":"/.test(one))) {
    const view: InboxView = JSON.parse(
      text.replace(/"(platformUrl|contactUrl|link|settingsUrl)":"[^"]*"/g, `"$1":"${bad}"`),
      (key, value) => {
        const isDate = ['at', 'asOf', 'since'].includes(key) || key.endsWith('At');
        return isDate && value !== null ? new Date(value) : value;
      },
    );
    const answer = render(view);
    expect(problemsOf(answer)).toEqual([]);
    // The share link is worth reading even where it cannot be pressed.
    expect(JSON.stringify(answer)).not.toMatch(/\]\(javascript|"url":|open page/);
  }
});

test('long lists stop at what a card can hold and say how much is left', () => {
  const linesOf = (view: InboxView) =>
    componentsOf(view).flatMap((one) => (one.type === 'list' ? one.items : []));
  expect(linesOf(screen('All campaigns, very many'))).toHaveLength(50);
  expect(shown(screen('All campaigns, very many'))).toContain('151 more are not shown here.');
  expect(linesOf(screen('Several matches, more than fit'))).toHaveLength(3);
  expect(shown(screen('Several matches, more than fit'))).toContain('4 more. Save the external ID');
  expect(linesOf(screen('Choose a user, more than fit'))).toHaveLength(10);
  expect(shown(screen('Choose a user, more than fit'))).toContain('13 more. Save an email');
  const merge = componentsOf(screen('Preview: merge, everything long'));
  const rows = merge.flatMap((one) => (one.type === 'data-table' ? [one.items.length] : []));
  expect(rows).toEqual([4, 4, 15, 15]);
  expect(shown(screen('Preview: merge, everything long'))).toContain('15 more fields.');
});

test('no name, campaign, reason or email makes a link, bold text or a broken canvas', () => {
  const piece = fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '**',
    '](https://evil.example)',
    '{{x}}',
    '<b>',
    '\n',
    'a',
    ' ',
  );
  const words = fc.oneof(
    anyString,
    fc.array(piece).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(words, words, (one, other) => {
      const card = cardOf('Referred lead, pending');
      const [referral] = card.referrals;
      if (referral === undefined) throw new Error('no referral');
      const contact = { ...card.contact, name: one, email: other };
      const named = { ...referral, campaign: one, reason: other, referrer: { name: one, contactUrl: null } };
      const views: InboxView[] = [
        {
          screen: 'card',
          card: { ...card, contact, referrals: [named] },
          notice: { tone: 'plain', text: other },
        },
        {
          screen: 'referral',
          referral: named,
          history: [],
          matchedBy: 'email',
          clock: card.clock,
          actions: [],
        },
        { screen: 'cannot-convert', contact, reason: { because: 'refused', message: other } },
        { screen: 'unknown-person', contact, clock: card.clock },
      ];
      expect(views.flatMap((view) => problemsOf(render(view)))).toEqual([]);
      expect(views.map(shown).join().replaceAll('**Pending**', '')).not.toMatch(/\]\(|\*\*/);
    }),
  );
});

test('a canvas over the size limit gives way to a small one with a way back', () => {
  const view = screen('Referrer, all of it');
  if (view.screen !== 'referrer') throw new Error('not the referrer');
  const link = `https://refer.northwind.example/${'x'.repeat(70_000)}`;
  const answer = render({ ...view, referrer: { ...view.referrer, link } });
  expect(problemsOf(answer)).toEqual([]);
  expect(JSON.stringify(answer)).toContain('too large to show');
  expect(labelsOf({ ...view, referrer: { ...view.referrer, link } })).toEqual(['Done']);
});
