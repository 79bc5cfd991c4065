// Every row of the table of duplicates in docs/enrollment.md: who is there, what is wanted, and what is done.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type ContactDraft,
  duplicatePolicyNames,
  type FoundContact,
  type OnDuplicate,
} from '../../../src/domain/contacts/contact-draft.ts';
import { decide } from '../../../src/domain/contacts/duplicates.ts';

const at = (day: number) => new Date(Date.UTC(2026, 0, day));

function found(more: Partial<FoundContact> & { id: string }): FoundContact {
  return {
    role: 'lead',
    by: 'email',
    email: 'dana@example.com',
    externalId: null,
    name: 'Dana',
    pseudonym: null,
    phone: null,
    ownerId: null,
    avatarUrl: null,
    unsubscribed: false,
    language: null,
    signedUpAt: null,
    createdAt: at(1),
    lastActiveAt: null,
    customAttributes: { plan: 'free' },
    blocked: false,
    archived: false,
    deleted: false,
    belongsToOther: false,
    ...more,
  };
}
const lead = (id: string, more: Partial<FoundContact> = {}) =>
  found({ id, externalId: '0b0a7c1e-2d58-4a51-8f0e-3b2f0d8c9e77', ...more });
const user = (id: string, more: Partial<FoundContact> = {}) => found({ id, role: 'user', ...more });

const wanted = (more: Partial<ContactDraft> = {}): ContactDraft => ({
  role: 'lead',
  email: 'dana@example.com',
  name: 'Dana Reed',
  phone: '+353 1 555 0100',
  customAttributes: { plan: 'pro', seats: 3 },
  tags: [],
  ...more,
});
const on = (policy: OnDuplicate['policy'], more: Partial<OnDuplicate> = {}): OnDuplicate => ({
  policy,
  lead_where_user_wanted: 'convert',
  archived: 'report',
  ...more,
});

const updated = { name: 'Dana Reed', phone: '+353 1 555 0100', customAttributes: { plan: 'pro', seats: 3 } };
const filled = { phone: '+353 1 555 0100', customAttributes: { seats: 3 } };

test('no one found: the contact is made', () => {
  expect(decide(wanted(), [], on('nothing'))).toEqual({ do: 'create' });
});

describe('one contact found', () => {
  test.each([lead('a'), user('a')])('do nothing: it is used as it is, and not marked ($role)', (one) => {
    expect(decide(wanted(), [one], on('nothing'))).toMatchObject({
      do: 'use',
      contact: { id: 'a' },
      write: null,
      mark: false,
      convert: false,
    });
  });

  test.each([lead('a'), user('a')])('update: all that differs is written ($role)', (one) => {
    expect(decide(wanted(), [one], on('update'))).toMatchObject({ do: 'use', write: updated, mark: true });
  });

  test.each([lead('a'), user('a')])('fill: only what is empty is written ($role)', (one) => {
    expect(decide(wanted(), [one], on('fill'))).toMatchObject({ do: 'use', write: filled, mark: true });
  });

  test('review: a person decides', () => {
    expect(decide(wanted(), [lead('a')], on('review'))).toMatchObject({
      do: 'review',
      candidates: [{ id: 'a' }],
    });
  });

  test('nothing that differs: nothing is written', () => {
    const same = lead('a', { name: 'Dana Reed', phone: '+353 1 555 0100' });
    const draft = wanted({ customAttributes: { plan: 'free' }, email: 'DANA@example.com' });
    expect(decide(draft, [same], on('update'))).toMatchObject({ do: 'use', write: null });
  });
});

describe('several leads of one email', () => {
  const leads = [
    lead('a', { lastActiveAt: at(3) }),
    lead('b', { lastActiveAt: at(9) }),
    lead('c', { createdAt: at(5) }),
  ];

  test.each(['nothing', 'update', 'fill'] as const)(
    '%s: the one that was active last, and it is said',
    (policy) => {
      const step = decide(wanted(), leads, on(policy));
      expect(step).toMatchObject({ do: 'use', contact: { id: 'b' } });
      expect(step).toMatchObject({ why: expect.stringContaining('of 3 leads the one that was active last') });
      expect(decide(wanted(), leads.toReversed(), on(policy))).toEqual(step);
    },
  );

  test('review: all of them, the one that was active last first', () => {
    const step = decide(wanted(), leads, on('review'));
    expect(step).toMatchObject({ do: 'review', candidates: [{ id: 'b' }, { id: 'c' }, { id: 'a' }] });
  });
});

describe('a lead where a user is wanted', () => {
  const draft = wanted({ role: 'user', externalId: 'u-1', signedUpAt: at(7) });

  test.each(['update', 'fill'] as const)(
    '%s, convert: it becomes one, with the id of the company',
    (policy) => {
      expect(decide(draft, [lead('a')], on(policy))).toMatchObject({
        convert: true,
        write: { externalId: 'u-1', signedUpAt: at(7) },
      });
    },
  );

  test('convert without an id of the company: the generated one is not overwritten', () => {
    const step = decide(wanted({ role: 'user' }), [lead('a')], on('update'));
    expect(step).toMatchObject({ convert: true, write: updated });
    expect(step).not.toHaveProperty('write.externalId');
  });

  test('keep: it stays a lead, with its generated id and without a date of signing up', () => {
    const step = decide(draft, [lead('a')], on('update', { lead_where_user_wanted: 'keep' }));
    expect(step).toMatchObject({ convert: false, write: updated });
    expect(step).not.toHaveProperty('write.externalId');
    expect(step).not.toHaveProperty('write.signedUpAt');
  });

  test('do nothing: it is only linked', () => {
    expect(decide(draft, [lead('a')], on('nothing'))).toMatchObject({ convert: false, write: null });
  });

  test('a user of the email is there too: the user is used, and no lead converted', () => {
    expect(decide(draft, [lead('a'), user('b')], on('update'))).toMatchObject({
      contact: { id: 'b' },
      convert: false,
    });
  });

  test('a linked lead beside a user stays one: a merge is for a person to decide', () => {
    const step = decide(draft, [lead('a', { by: 'link' }), user('b', { by: 'conflict' })], on('update'));
    expect(step).toMatchObject({
      contact: { id: 'a' },
      convert: false,
      why: expect.stringContaining('merge'),
    });
  });
});

test('a user where a lead is wanted is never demoted; the policy applies', () => {
  const step = decide(wanted(), [user('a')], on('update', { lead_where_user_wanted: 'convert' }));
  expect(step).toMatchObject({ do: 'use', contact: { role: 'user' }, convert: false, write: updated });
});

describe('an archived contact', () => {
  const gone = user('a', { by: 'conflict', archived: true });

  test('report: refused in words', () => {
    expect(decide(wanted({ role: 'user' }), [gone], on('update'))).toMatchObject({
      do: 'refuse',
      contact: { id: 'a' },
      why: expect.stringContaining('archived'),
    });
  });

  test.each([
    ['nothing', null],
    ['update', updated],
    ['fill', filled],
  ] as const)('unarchive: brought back, then as found (%s)', (policy, write) => {
    const step = decide(wanted({ role: 'user' }), [gone], on(policy, { archived: 'unarchive' }));
    expect(step).toMatchObject({ do: 'use', unarchive: true, write });
  });

  test('one that is there goes before one that is archived', () => {
    const step = decide(
      wanted(),
      [lead('a', { archived: true, lastActiveAt: at(9) }), lead('b')],
      on('fill'),
    );
    expect(step).toMatchObject({ do: 'use', contact: { id: 'b' }, unarchive: false });
  });
});

test.each(['nothing', 'update', 'fill', 'review'] as const)(
  'a blocked contact is refused in words (%s)',
  (policy) => {
    for (const one of [
      lead('a', { blocked: true }),
      user('a', { blocked: true, by: 'conflict', belongsToOther: true }),
    ]) {
      expect(decide(wanted(), [one], on(policy))).toMatchObject({
        do: 'refuse',
        why: expect.stringContaining('blocked'),
      });
    }
  },
);

describe("a contact that is another person's", () => {
  test('found by email: a new one is made', () => {
    expect(decide(wanted(), [lead('a', { belongsToOther: true })], on('update'))).toEqual({ do: 'create' });
  });

  test('in the way of a new user: refused, or asked', () => {
    const theirs = user('a', { by: 'conflict', belongsToOther: true });
    const draft = wanted({ role: 'user' });
    expect(decide(draft, [theirs], on('update'))).toMatchObject({ do: 'refuse', contact: { id: 'a' } });
    expect(decide(draft, [theirs], on('review'))).toMatchObject({ do: 'review', candidates: [{ id: 'a' }] });
  });
});

describe('several users of one email', () => {
  test.each(['nothing', 'update', 'fill', 'review'] as const)(
    '%s: a person has to say which is meant',
    (policy) => {
      const step = decide(wanted(), [user('a'), user('b'), lead('c')], on(policy));
      expect(step).toMatchObject({ do: 'review', candidates: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
    },
  );

  test('an archived one is not meant, and the external ID or a link decides', () => {
    expect(decide(wanted(), [user('a'), user('b', { archived: true })], on('update'))).toMatchObject({
      do: 'use',
      contact: { id: 'a' },
    });
    for (const by of ['link', 'external-id'] as const) {
      const step = decide(wanted(), [user('a'), user('b', { by }), user('c')], on('update'));
      expect(step).toMatchObject({ do: 'use', contact: { id: 'b' } });
    }
  });
});

test('who was deleted lately is in the way, and is told as deleted', () => {
  const deleted = user('a', { by: 'conflict', archived: true, deleted: true });
  const step = decide(wanted({ role: 'user' }), [deleted], on('update'));
  expect(step).toMatchObject({ do: 'refuse', why: expect.stringContaining('deleted') });
});

describe("the company's own ids", () => {
  const draft = wanted({ role: 'user', externalId: 'u-1' });

  test('found by it with another email: the person is known by the id, and the email is news', () => {
    const known = user('a', { by: 'external-id', externalId: 'u-1', email: 'old@example.com' });
    expect(decide(draft, [known], on('update'))).toMatchObject({ write: { email: 'dana@example.com' } });
    expect(decide(draft, [known], on('fill'))).not.toHaveProperty('write.email');
    expect(decide(draft, [known], on('nothing'))).toMatchObject({ write: null });
  });

  test('found by it, while another user has the email: users may share one, unless Intercom refused it', () => {
    const known = user('a', { by: 'external-id', externalId: 'u-1', email: 'old@example.com' });
    const shared = decide(draft, [known, user('b', { externalId: 'u-2' })], on('update'));
    expect(shared).toMatchObject({ contact: { id: 'a' }, write: { email: 'dana@example.com' } });
    const refused = decide(draft, [known, user('b', { externalId: 'u-2', by: 'conflict' })], on('update'));
    expect(refused).toMatchObject({ contact: { id: 'a' }, why: expect.stringContaining('contact b') });
    expect(refused).not.toHaveProperty('write.email');
  });

  test('found by email with another id: someone else, who may be in the way', () => {
    expect(decide(draft, [user('a', { externalId: 'u-2' })], on('update'))).toEqual({ do: 'create' });
    const inTheWay = user('a', { externalId: 'u-2', by: 'conflict' });
    expect(decide(draft, [inTheWay], on('update'))).toMatchObject({ do: 'refuse' });
  });

  test('a user without one gets it; one that has another keeps it', () => {
    expect(decide(draft, [user('a')], on('fill'))).toMatchObject({ write: { externalId: 'u-1' } });
    const linked = user('a', { by: 'link', externalId: 'u-2' });
    expect(decide(draft, [linked], on('update'))).not.toHaveProperty('write.externalId');
  });
});

describe('the stored link', () => {
  test('goes before external ID and email', () => {
    const step = decide(
      wanted(),
      [user('b', { by: 'external-id' }), lead('a', { by: 'link' }), user('c')],
      on('update'),
    );
    expect(step).toMatchObject({ contact: { id: 'a' } });
  });

  test('is asked about by no one: what is empty is filled', () => {
    expect(decide(wanted(), [lead('a', { by: 'link' })], on('review'))).toMatchObject({
      do: 'use',
      write: filled,
    });
  });
});

describe('a name that Intercom made up', () => {
  test.each(['Lime Camel from Dublin', 'User qwv0'])(
    'gives way to the real one, also when filling: %s',
    (name) => {
      expect(decide(wanted(), [lead('a', { name })], on('fill'))).toMatchObject({
        write: { name: 'Dana Reed' },
      });
    },
  );

  test('as the first API tells it', () => {
    const one = lead('a', { name: 'blue cloud', pseudonym: 'blue cloud' });
    expect(decide(wanted(), [one], on('fill'))).toMatchObject({ write: { name: 'Dana Reed' } });
  });

  test('is not a made-up name of a user, nor a real one', () => {
    for (const one of [user('a', { name: 'Lime Camel from Dublin' }), lead('a', { name: 'Winston Smith' })]) {
      expect(decide(wanted(), [one], on('fill'))).not.toHaveProperty('write.name');
    }
  });
});

test('a lead never gets a date of signing up', () => {
  const step = decide(wanted({ signedUpAt: at(7) }), [lead('a')], on('update'));
  expect(step).not.toHaveProperty('write.signedUpAt');
});

test('an email that was verified is said together with the email, whatever is there', () => {
  const step = decide(wanted({ emailVerified: true }), [lead('a')], on('update'));
  expect(step).toMatchObject({ write: { email: 'dana@example.com', emailVerified: true } });
  const filling = decide(wanted({ emailVerified: true }), [lead('a')], on('fill'));
  expect(filling).not.toHaveProperty('write.emailVerified');
});

test('docs/enrollment.md says what each policy does, and docs/imports.md names them', () => {
  const read = (path: string) => readFileSync(new URL(`../../../docs/${path}`, import.meta.url), 'utf8');
  const policies = read('enrollment.md');
  expect(duplicatePolicyNames.filter((name) => !policies.includes(`\n| \`${name}\` |`))).toEqual([]);
  const imports = read('imports.md')
    .split('\n')
    .find((line) => line.startsWith('| `on_duplicate` |'));
  expect(duplicatePolicyNames.filter((name) => !imports?.includes(`\`${name}\``))).toEqual([]);
});
