// Cards in the Messenger through the front door: what users, leads and visitors see and press, in every place.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messengerSecret, userToken } from '../../sandbox/messenger/user-token.ts';
import { changeSettings } from '../../sandbox/settings.ts';
import { seededContact } from '../../sandbox/story/seed.ts';
import type { AppCard } from '../../sandbox/world.ts';
import { languages } from '../../src/domain/languages/language.ts';
import { translate } from '../../src/domain/languages/translate.ts';
import { byCommand } from '../../src/domain/workspace/audit.ts';
import { refreshIdentityVerification } from '../../src/usecases/workspace/identity-verification.ts';
import { changeSettings as changeWorkspace } from '../../src/usecases/workspace/settings.ts';
import { useUserTokenSecret } from '../../src/usecases/workspace/user-tokens.ts';
import { type Caller, callerWith, dataOf } from '../support/api.ts';
import { promptSearch, startTestApp, type TestApp } from '../support/app.ts';
import { intercom, settled } from '../support/changes.ts';
import {
  campaignIdOf,
  configure,
  conversationOf,
  createUser,
  type EndUser,
  insertCard,
  type MessengerCard,
  openMessengerCard,
  sendRaw,
  startWorkflow,
} from '../support/messenger.ts';
import { addFriends } from '../support/population.ts';
import { openCard, type ShownCard } from '../support/teammate.ts';

const referrer = { email: 'top.referrer@example.com' };
const stranger = { email: 'stranger@example.com' };
const lead = { email: 'pending.lead@example.com' };

let app: TestApp;
let api: Caller;
let home: AppCard;

beforeAll(async () => {
  app = await startTestApp({ settings: promptSearch });
  api = callerWith(app.url, await app.apiToken());
});
afterAll(() => app?.close());

beforeEach(async () => {
  await verifying(true);
  await app.query("update settings set settings = settings - 'messenger'");
  await app.query('delete from named_friends');
  home = await insertCard(app, { place: 'home' });
});

async function verifying(isOn: boolean): Promise<void> {
  changeSettings(app.sandbox.world, { identity_verification: isOn });
  await refreshIdentityVerification(app.ctx);
}

const open = (who: EndUser, locale = 'en', card = home) => openMessengerCard(app, card, who, { locale });

const campaignId = (name: string) => campaignIdOf(app, name);

const friendOf = (email: string, more = {}) => ({
  name: 'Dana Whitlock',
  email,
  words: '',
  consent: ['yes'],
  ...more,
});

const newUser = (more = {}) => createUser(app, more);

async function formOf(who: EndUser, card = home): Promise<MessengerCard> {
  return (await open(who, 'en', card)).press('Refer a friend');
}

const referralsOf = async (email: string) =>
  dataOf(await api.get(`/referrals?email=${encodeURIComponent(email)}`));

describe('A referrer', () => {
  test('sees the link as text, shares it by our own addresses, and each press is counted', async () => {
    const seen = await open(referrer);
    const [{ code } = { code: '' }] = await app.query<{ code: string }>(
      "select code from referrers r join people p on p.id = r.person_id where p.email = 'top.referrer@example.com'",
    );
    expect(seen.text).toContain(`${app.url}/r/${code}`);
    const leads: Record<string, RegExp> = {
      'Share by email': /^mailto:\?subject=.+&body=/,
      'Share on WhatsApp': /^https:\/\/wa\.me\/\?text=/,
      'Share on X': /^https:\/\/x\.com\/intent\/post\?text=.+&url=/,
      'Share on LinkedIn': /^https:\/\/www\.linkedin\.com\/sharing\/share-offsite\/\?url=/,
    };
    for (const [label, target] of Object.entries(leads)) {
      expect(seen.linkOf(label)).toContain(`${app.url}/share/`);
      const answer = await fetch(seen.linkOf(label), { redirect: 'manual' });
      expect(answer.status).toBe(302);
      expect(answer.headers.get('location')).toMatch(target);
      expect(answer.headers.get('location')).toContain(encodeURIComponent(`${app.url}/r/${code}`));
    }
    const counted = await app.query('select channel, shares from share_days order by channel');
    expect(counted).toEqual(
      ['email', 'linkedin', 'whatsapp', 'x'].map((channel) => ({ channel, shares: 1 })),
    );
  });

  test('sees how far their friends are, by first name and initial, and what they earned', async () => {
    const progress = await (await open(referrer)).press('My progress');
    expect(progress.text).toMatch(/\d+ friends? (has|have) joined/);
    expect(progress.text).toMatch(/\d+ pending · \d+ qualified/);
    const friends = await progress.press('Latest friends');
    expect(friends.text).not.toMatch(/@/);
    expect(friends.text).toMatch(/^.+ \p{Lu}\./mu);
    const rewards = await (await friends.press('Back')).press('My rewards');
    expect(rewards.text).toMatch(/(Due since|Issued on|Approved on) \w+ \d+, \d{4}/);
    const back = await (await rewards.press('Back')).press('Back');
    expect(back.labels).toContain('Share by email');
  });

  test('refers a friend once: one pending referral, with the referrer’s own words for mappings', async () => {
    const email = `friend-${randomUUID()}@example.com`;
    const form = await formOf(referrer);
    const sent = await form.press('Refer', friendOf(email, { words: 'You will like it' }));
    expect(sent.text).toContain('Thank you. You referred Dana Whitlock.');
    expect(sent.completed).toBe(true);
    await form.press('Refer', friendOf(email));
    expect(await referralsOf(email)).toMatchObject([
      {
        status: 'pending',
        person: { email, name: 'Dana Whitlock' },
        referrer: { name: 'Tomás Herrera' },
      },
    ]);
    const [kept] = await app.query(
      'select source, extra from referrals r join people p on p.id = r.person_id where email = $1',
      [email],
    );
    expect(kept).toEqual({ source: 'messenger', extra: { message: 'You will like it' } });
    const progress = await (await open(referrer)).press('My progress');
    expect((await progress.press('Latest friends')).text).toContain('Dana W.');
    const done = await sent.press('Done');
    expect(done.shown.content_url).toContain('/intercom/messenger/content?card=');
  });

  test('gets the form back with what is wrong, and nothing is done', async () => {
    const form = await formOf(referrer);
    const wrong: [object, string][] = [
      [friendOf('a@example.com', { name: ' ' }), 'Enter your friend’s name.'],
      [friendOf('not an email'), 'Enter a valid email.'],
      [friendOf('Top.Referrer@example.com'), 'That is your own email.'],
      [friendOf('a@example.com', { consent: [] }), 'Your friend has to agree first.'],
      [friendOf('a@example.com', { words: 'x'.repeat(501) }), 'Use at most 500 characters.'],
    ];
    for (const [inputs, problem] of wrong) {
      const again = await form.press('Refer', inputs as Record<string, unknown>);
      expect(again.text).toContain(problem);
      expect(again.completed).toBe(false);
    }
    expect(await app.query('select 1 from named_friends')).toEqual([]);
  });

  test('sees a name with Markdown as plain text', async () => {
    const form = await formOf(referrer);
    const name = '[Free](https://evil.example) **B**';
    const sent = await form.press('Refer', friendOf(`md-${randomUUID()}@example.com`, { name }));
    expect(sent.text).not.toContain('](');
    expect(sent.text).not.toContain('**B');
    const friends = await (await (await open(referrer)).press('My progress')).press('Latest friends');
    expect(friends.text).not.toContain('](');
  });

  test.each(languages)('reads every screen in the language of the Messenger: %s', async (language) => {
    const seen = await open(referrer, language === 'pt' ? 'pt-BR' : language);
    const say = (key: Parameters<typeof translate>[1]) => translate(language, key as 'messenger.title');
    expect(seen.text).toContain(say('messenger.title'));
    const form = await seen.press(say('messenger.refer'));
    expect((await form.press(say('messenger.form.send'))).text).toContain(say('messenger.form.problem.name'));
    const progress = await seen.press(say('messenger.progress'));
    await progress.press(say('messenger.rewards'));
    await progress.press(say('messenger.friends'));
    const visitor = await open('visitor', language);
    expect(visitor.text).toContain(say('messenger.public.logIn'));
  });
});

describe('Referring tells nothing', () => {
  test('about who is known: the answer and the progress are the same', async () => {
    const unknown = `unknown-${randomUUID()}@example.com`;
    const referredByOthers = `theirs-${randomUUID()}@example.com`;
    const ofSpring = { campaign_id: await campaignId('Spring') };
    await api.post('/referrals', { ...ofSpring, person: { email: referredByOthers, name: 'Real Name' } });
    const customer = await newUser();
    const person = { email: customer.email, external_id: customer.external_id };
    await api.post('/referrals', { campaign_id: await campaignId('Partners'), person });
    const known = `lead-${randomUUID()}@example.com`;
    await intercom(app, 'POST', '/contacts', { role: 'lead', email: known });
    const seen: string[] = [];
    const countsIn = ({ text }: MessengerCard) =>
      (/(\d+) friends.*\n(\d+) pending/.exec(text) ?? []).slice(1).map(Number);
    for (const email of [unknown, referredByOthers, customer.email, known]) {
      const before = countsIn(await (await open(referrer)).press('My progress'));
      const sent = await (await formOf(referrer)).press('Refer', friendOf(email));
      const after = await (await open(referrer)).press('My progress');
      const grown = countsIn(after).map((count, at) => count - (before[at] ?? 0));
      const [, , latest] = (await after.press('Latest friends')).components.map((each) =>
        JSON.stringify(each),
      );
      seen.push(JSON.stringify([sent.components, grown, latest]));
    }
    expect(seen[0]).toContain('[1,1]');
    expect(new Set(seen).size).toBe(1);
    expect(await referralsOf(referredByOthers)).toMatchObject([{ referrer: null }]);
  });

  test('and a friend who was a user already never counts, whatever the rules say later', async () => {
    const customer = await newUser({ custom_attributes: { plan: 'pro' } });
    const form = await formOf(referrer);
    await form.press('Refer', friendOf(customer.email));
    await intercom(app, 'PUT', `/contacts/${customer.id}`, { custom_attributes: { seats: 4 } });
    await settled(app);
    expect(await referralsOf(customer.email)).toMatchObject([
      { status: 'pending', reward: { status: 'none' } },
    ]);
  });

  test('and a known person keeps the name that they gave themselves', async () => {
    const email = `nameless-${randomUUID()}@example.com`;
    await api.post('/referrals', { campaign_id: await campaignId('Partners'), person: { email } });
    await (await formOf(referrer)).press('Refer', friendOf(email, { name: 'Not My Name' }));
    expect(await app.query('select name from people where email = $1', [email])).toEqual([{ name: null }]);
  });

  test('at most twenty friends a day, counted in the database, however many a script sends at once', async () => {
    const form = await formOf(referrer);
    const tag = randomUUID().slice(0, 8);
    const { body } = form.requestOf('Refer', friendOf('x@example.com'));
    const one = async (n: number) => {
      const input_values = friendOf(`bulk-${n}-${tag}@example.com`);
      const answer = await sendRaw(app.url, '/intercom/messenger/submit', { ...body, input_values });
      return answer.text();
    };
    let limited = 0;
    for (let start = 0; start < 500; start += 100) {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => one(start + n)));
      limited += answers.filter((text) => text.includes('limit of 20 friends')).length;
    }
    expect(limited).toBeGreaterThan(0);
    const [made] = await app.query(
      "select count(*)::int as n from people where email like 'bulk-%' and email like $1",
      [`%${tag}%`],
    );
    expect(made).toEqual({ n: 20 });
    expect((await form.press('Refer', friendOf(`late-${tag}@example.com`))).text).toContain(
      'limit of 20 friends',
    );
    const named = await app.query<{ email: string }>(
      'select email from named_friends n join people p on p.id = n.person_id',
    );
    expect(named).toHaveLength(20);
    const again = await form.press('Refer', friendOf(named[0]?.email ?? ''));
    expect(again.text).toContain('Thank you.');
    await app.query("update named_friends set named_at = named_at - interval '1 day'");
    expect((await form.press('Refer', friendOf(`next-${tag}@example.com`))).text).toContain('Thank you.');
  });
});

describe('Who is not proven', () => {
  test('sees the program as everyone does: visitors, leads, and users while nothing is verified', async () => {
    for (const who of ['visitor', lead] as const) {
      const seen = await open(who);
      expect(seen.text).toContain('Log in to get your own link');
      expect(seen.text).not.toContain('/r/');
    }
    await verifying(false);
    const user = await open(referrer);
    expect(user.text).toContain('Your own link cannot be shown here.');
    expect(user.text).not.toContain('/r/');
  });

  test('gets nothing by pressing what others can press', async () => {
    const form = await formOf(referrer);
    const email = `forged-${randomUUID()}@example.com`;
    const { body } = form.requestOf('Refer', friendOf(email));
    const { id } = seededContact(lead.email);
    const users = [
      { type: 'contact', id, role: 'lead', email: referrer.email, external_id: null },
      { type: 'visitor', id: 'v1', external_id: null },
      { type: 'contact', id: seededContact(referrer.email).id, role: 'lead', external_id: 'cust-0811' },
      { type: 'contact', id: seededContact(referrer.email).id, role: 'user', external_id: null },
      null,
    ];
    for (const user of users) {
      const answer = await sendRaw(app.url, '/intercom/messenger/submit', { ...body, user });
      expect(await answer.text()).toContain('Log in to get your own link');
    }
    expect(await referralsOf(email)).toEqual([]);
  });

  test('where the workspace asks for a token of its own, only a fresh one of the same person counts', async () => {
    await useUserTokenSecret(app.ctx, 'sandbox', messengerSecret, byCommand);
    await changeWorkspace(app.ctx, 'sandbox', { messenger: { require_user_token: true } }, byCommand);
    const look = async (referral_token: unknown) => {
      const { id } = seededContact(referrer.email);
      const contact = {
        type: 'contact',
        id,
        role: 'user',
        external_id: 'cust-0811',
        custom_attributes: { referral_token },
      };
      const body = { workspace_id: 'sandbox', context: { location: 'home', locale: 'en' }, contact };
      return (await (await sendRaw(app.url, '/intercom/messenger/content', body)).text()).includes('/r/');
    };
    expect(await look(userToken('cust-0811', 10))).toBe(true);
    const [header, payload] = userToken('cust-0811', 10).split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    for (const token of [
      undefined,
      '',
      'nonsense',
      userToken('cust-0812', 10),
      userToken('cust-0811', -1),
      userToken('cust-0811', 60 * 24 * 2),
      userToken('cust-0811', 10, 'another secret that is long enough'),
      `${header}.${payload}.`,
      `${none}.${payload}.`,
    ])
      expect(await look(token), String(token)).toBe(false);
  });

  test('nothing is shown while the Messenger is switched off, or for a workspace without the app', async () => {
    await changeWorkspace(app.ctx, 'sandbox', { messenger: { enabled: false } }, byCommand);
    const seen = await open(referrer);
    expect(seen.text).toBe('The referral program is not shown here.');
    const elsewhere = {
      workspace_id: 'another',
      contact: { id: seededContact(referrer.email).id, role: 'user', external_id: 'cust-0811' },
    };
    const answer = await sendRaw(app.url, '/intercom/messenger/content', elsewhere);
    expect(await answer.text()).toContain('not shown here');
  });
});

describe('Joining', () => {
  test('takes one press, is done once, and brings the link', async () => {
    const user = await newUser();
    const spring = await insertCard(app, { place: 'home' }, { campaign: await campaignId('Spring') });
    const offer = await open({ id: user.id }, 'en', spring);
    expect(offer.text).toContain('Refer a friend');
    const joined = await offer.press('Join');
    expect(joined.text).toContain('You have joined Spring.');
    expect(joined.text).toContain(`${app.url}/r/`);
    await offer.press('Join');
    const people = await app.query(
      'select email, external_id, contact_id from people where external_id = $1',
      [user.external_id],
    );
    expect(people).toEqual([{ email: user.email, external_id: user.external_id, contact_id: user.id }]);
    expect(dataOf(await api.get(`/referrers?email=${encodeURIComponent(user.email)}`))).toHaveLength(1);
    expect((await open({ id: user.id }, 'en', spring)).labels).toContain('Share by email');
  });

  test('several campaigns can be chosen from, and one that is over says so', async () => {
    const user = await newUser();
    const all = await open({ id: user.id });
    const spring = await all.choose('Spring');
    expect(spring.labels).toContain('Join');
    const id = await campaignId('Spring');
    const card = await insertCard(app, { place: 'home' }, { campaign: id });
    await app.query('update campaigns set paused_at = now() where id = $1', [id]);
    expect((await open({ id: user.id }, 'en', card)).text).toContain('The program is paused.');
    expect((await open(referrer, 'en', card)).text).toContain('The program is paused.');
    expect((await open('visitor', 'en', card)).text).toContain('The program is paused.');
    expect((await spring.press('Join')).text).not.toContain('You have joined');
    await app.query("update campaigns set paused_at = null, ends_on = '2020-01-01' where id = $1", [id]);
    expect((await open({ id: user.id }, 'en', card)).text).toContain('The program has ended.');
    await app.query('update campaigns set ends_on = null where id = $1', [id]);
  });
});

describe('A teammate', () => {
  test('chooses all of theirs or a campaign and own words, and an edit begins with what was chosen', async () => {
    const first = await configure(app, { place: 'home' });
    const options = first.components.find(({ type }) => type === 'dropdown')?.options as { text: string }[];
    expect(options[0]?.text).toBe('All of theirs');
    expect(first.valueOf('campaign')).toBe('all');
    const plain = await first.press('Save');
    expect(plain.results).toEqual({ campaign: 'all', headline: '', text: '' });
    const id = await campaignId('Spring');
    const chosen = await first.press('Save', {
      campaign: id,
      headline: 'Give 10, get 10',
      text: 'As easy as that.',
    });
    expect(chosen.results).toEqual({ campaign: id, headline: 'Give 10, get 10', text: 'As easy as that.' });
    const card = await chosen.insert();
    const seen = await open('visitor', 'en', card);
    expect(seen.text).toContain('Give 10, get 10');
    expect(seen.text).toContain('As easy as that.');
    const again = await configure(app, { place: 'home', card_id: card.id });
    expect([again.valueOf('campaign'), again.valueOf('headline')]).toEqual([id, 'Give 10, get 10']);
    const tooLong = await first.press('Save', { headline: 'x'.repeat(61) });
    expect(tooLong.text).toContain('more than 60 characters');
    expect((await first.press('Save', { campaign: randomUUID() })).text).toContain('Campaign not found.');
  });

  test('sends a referrer their card, or invites someone, from the Inbox', async () => {
    const inbox = await openCard(app, referrer);
    expect((await inbox.press('Send referral card')).text).toContain('The referral card is in your reply');
    const unknown = await openCard(app, stranger);
    expect((await unknown.press('Invite to the program')).text).toContain('The invitation is in your reply');
    const optionsOf = async (card: typeof inbox, label: string) => {
      const { path, raw } = card.requestOf(label);
      return Object(await (await sendRaw(app.url, path, raw)).json()).card_creation_options;
    };
    const own = await optionsOf(inbox, 'Send referral card');
    expect(own).toEqual({ kind: 'referral-card', campaign: await campaignId('Spring') });
    const invitation = await optionsOf(unknown, 'Invite to the program');
    expect(invitation).toEqual({ kind: 'referral-card', campaign: 'all' });
    const conversation_id = conversationOf(app, referrer);
    const card = await insertCard(app, { place: 'conversation', conversation_id }, own);
    expect((await open(referrer, 'en', card)).text).toContain('/r/');
    const details = await (await openCard(app, { email: 'qualified.user@example.com' })).press('More');
    expect(details.labels).toContain('Invite to the program');
    await changeWorkspace(app.ctx, 'sandbox', { messenger: { enabled: false } }, byCommand);
    expect((await inbox.press('Send referral card')).text).toContain('switched off in the settings');
  });

  test('puts a card into a reply, a message and a Workflow, and nothing of a person is stored in any', async () => {
    const conversation_id = conversationOf(app, referrer);
    for (const where of [
      { place: 'conversation' as const, conversation_id },
      { place: 'message' as const },
    ]) {
      const card = await insertCard(app, where);
      expect((await open(referrer, 'en', card)).text).toContain('/r/');
      expect(JSON.stringify(card.canvas)).not.toMatch(/\/r\/|example\.com/);
    }
    const workflow = await insertCard(app, { place: 'operator' });
    expect(JSON.stringify(workflow.canvas)).toContain('Each person sees their own');
    expect((await startWorkflow(app, workflow, referrer)).text).toContain('/r/');
  });
});

test('A person who is logged in for the first time reads what the campaign says in its own words', async () => {
  const id = await campaignId('Spring');
  const words = {
    headline: 'Bring your friends',
    intro: null,
    needs: 'They visit us once.',
    consent: 'They said yes.',
    share: 'Look here',
  };
  await app.query(
    "insert into messenger_wordings (workspace_id, campaign_id, language, words) values ('sandbox', $1, 'en', $2)",
    [id, JSON.stringify(words)],
  );
  const seen = await open(referrer);
  expect(seen.text).toContain('Bring your friends');
  expect((await seen.press('My progress')).text).toContain('They visit us once.');
  expect(JSON.stringify((await seen.press('Refer a friend')).components)).toContain('They said yes.');
  const mail = await fetch(seen.linkOf('Share by email'), { redirect: 'manual' });
  expect(mail.headers.get('location')).toContain('Look%20here');
  expect((await open(referrer, 'de')).text).toContain('Freunde empfehlen');
  await app.query('delete from messenger_wordings');
});

describe('In a conversation, which keeps what a press brings and shows it to all who take part,', () => {
  const another = { email: 'two.campaigns@example.com' };
  const inConversation = async () => {
    const conversation_id = conversationOf(app, referrer);
    return open(referrer, 'en', await insertCard(app, { place: 'conversation', conversation_id }));
  };
  const kept = (card: MessengerCard) => JSON.stringify(app.sandbox.world.cards.get(card.card.id)?.canvas);

  test('one person’s screens are asked for at each view, for a person who looks', async () => {
    const first = await inConversation();
    const link = first.linkOf('Share by email').split('/').at(-1)?.split('?')[0] ?? '';
    const progress = await first.press('My progress');
    expect(progress.text).toMatch(/friends have joined/);
    expect((await progress.again()).text).toBe(progress.text);
    for (const label of ['My rewards', 'Latest friends']) {
      const shown = await progress.press(label);
      expect(shown.labels).toEqual(['Back']);
      expect(kept(shown)).not.toContain('"content"');
      expect(kept(shown)).not.toContain(link);
      expect((await shown.again(another)).text).not.toBe(shown.text);
      expect((await shown.again('visitor')).text).toContain('Log in to get your own link');
      expect((await (await shown.press('Back')).press('Back')).text).toContain(link);
    }
  });

  test('the address of a live canvas shows screens only: it changes nothing', async () => {
    const card = await inConversation();
    const campaign = await campaignId('Spring');
    const before = dataOf(await api.get('/referrals?limit=100'));
    const body = {
      ...JSON.parse(card.exchanges[0]?.request ?? '{}'),
      canvas: {
        content_url: `${card.shown.content_url}&screen=${encodeURIComponent(`refer-friend:${campaign}`)}`,
      },
      input_values: { name: 'Eve', email: 'eve.by.address@example.com', consent: ['yes'] },
    };
    const answer = await sendRaw(app.url, '/intercom/messenger/content', body);
    expect(JSON.stringify(await answer.json())).toContain('Share by email');
    expect(dataOf(await api.get('/referrals?limit=100'))).toEqual(before);
  });

  test('a form that comes back has nothing of what was typed, and what is done names no one', async () => {
    const email = `kept-${randomUUID()}@example.com`;
    const form = await (await inConversation()).press('Refer a friend');
    const wrong = { name: 'Dana Whitlock', email: 'dana whitlock', consent: ['yes'] };
    const again = await form.press('Refer', wrong);
    expect(again.text).toContain('Enter a valid email.');
    expect([again.valueOf('name'), again.valueOf('email')]).toEqual(['', '']);
    expect(kept(again)).not.toMatch(/whitlock/i);
    const sent = await again.press('Refer', friendOf(email));
    expect(sent.completed).toBe(true);
    expect(sent.text).toContain('Thank you. You referred a friend.');
    expect(kept(sent)).not.toMatch(/Whitlock|kept-/);
    const atHome = await (await formOf(referrer)).press('Refer', wrong);
    expect([atHome.valueOf('name'), atHome.valueOf('email')]).toEqual(['Dana Whitlock', 'dana whitlock']);
  });

  test('neither does a sheet leave a friend there, nor the link of who sends it twice', async () => {
    const form = await (await inConversation()).press('Refer a friend');
    const sheet = await form.openSheet('Add your own words');
    const nonce = /name="nonce" value="([^"]+)"/.exec(sheet.html)?.[1];
    const email = `sheet-${randomUUID()}@example.com`;
    const values = { nonce, name: 'Dana Whitlock', email, words: 'Dear Dana', consent: 'yes' };
    const sent = await sheet.submit(values);
    expect(sent.text).toContain('Thank you. You referred a friend.');
    expect(kept(sent)).not.toMatch(/Dana|sheet-/);
    const twice = await sheet.submit(values);
    expect(twice.text).toContain('/r/');
    expect(kept(twice)).not.toMatch(/"content"|\/r\//);
  });

  test('joining shows the new link to the one who joined, and to no one else', async () => {
    const conversation_id = conversationOf(app, referrer);
    const options = { v: '1', campaign: await campaignId('Partners'), headline: '', text: '' };
    const card = await insertCard(app, { place: 'conversation', conversation_id }, options);
    const joined = await (await open(referrer, 'en', card)).press('Join');
    expect(joined.completed).toBe(true);
    const link = joined.text.match(/https?:\S+/)?.[0] ?? 'no link';
    expect(link).toMatch(/\/r\//);
    expect(kept(joined)).not.toContain('"content"');
    expect((await joined.again('visitor')).text).not.toContain(link);
  });
});

describe('A referrer with five thousand friends', () => {
  const friends = 5_000;
  let user: { id: string; email: string; external_id: string };
  beforeAll(async () => {
    user = await newUser();
    await api.post('/referrers', {
      campaign_id: await campaignId('Spring'),
      person: { email: user.email, external_id: user.external_id, name: 'Nora' },
    });
    await addFriends(app, user, friends);
  });

  test('sees them counted, and the latest of them, on live canvases, in a conversation and on a sheet', async () => {
    const conversation_id = conversationOf(app, referrer);
    for (const card of [home, await insertCard(app, { place: 'conversation', conversation_id })]) {
      const progress = await (await open({ id: user.id }, 'en', card)).press('My progress');
      expect(progress.text.replaceAll(/[,.]/g, '')).toContain(`${friends} friends`);
      const latest = await progress.press('Latest friends');
      expect(latest.text.match(/Friend L\./g)?.length).toBe(5);
      const rewards = await (await latest.press('Back')).press('My rewards');
      expect(rewards.text.match(/A voucher/g)?.length).toBeGreaterThanOrEqual(4);
      expect(rewards.text.replaceAll(/[,.]/g, '')).toContain(`${friends - 4} earlier rewards`);
    }
    const form = await formOf({ id: user.id });
    const sheet = await form.openSheet('Add your own words');
    expect(sheet.html).toContain('/r/');
    expect(sheet.html).not.toContain('Friend');
    const sent = await form.press('Refer', friendOf('one.more@example.com'));
    expect(sent.text).toContain('Thank you. You referred Dana');
  });

  test('is a card in the Inbox that tells how many, and lists some', async () => {
    let card: ShownCard = await openCard(app, { id: user.id });
    expect(card.text.replaceAll(/[,.]/g, '')).toMatch(/500\d/);
    card = await card.press('More');
    expect(card.text.match(/Friend Long/g)?.length ?? 0).toBeLessThanOrEqual(20);
  });
});
