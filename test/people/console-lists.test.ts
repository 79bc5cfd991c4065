// Home's funnel and the lists behind its numbers: the same counts, in any order, page by page.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf, daysLater } from '../../src/domain/day.ts';
import { foldDayCounts } from '../../src/store/people/day-counts.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { silence } from '../support/changes.ts';
import { type Console, signIn } from '../support/console.ts';
import { flawsInDayCounts } from '../support/day-counts.ts';
import { until } from '../support/until.ts';

let app: TestApp;
let desk: Console;
let zone: string;
let campaigns: string[];

beforeAll(async () => {
  app = await startTestApp();
  await silence(app);
  desk = await signIn(app);
  await addHistory();
  const [installation] = await app.query<{ zone: string }>('select time_zone as zone from installations');
  zone = installation?.zone ?? '';
  campaigns = (await app.query<{ id: string }>('select id from campaigns order by name')).map(({ id }) => id);
});
afterAll(() => app?.close());

/** 240 referrals of the last 130 days, many at the same moment, with rewards and clicks. */
async function addHistory(): Promise<void> {
  await app.query(`
    insert into people (id, workspace_id, email, name, created_at)
    select md5('listed ' || n)::uuid, 'sandbox', 'listed.' || n || '@example.com', 'Listed ' || n, now()
    from generate_series(1, 240) n`);
  await app.query(`
    insert into referrers (id, workspace_id, campaign_id, person_id, code, joined_at)
    select md5('referrer ' || n)::uuid, 'sandbox', c.id, md5('listed ' || n)::uuid, 'listed' || n, now()
    from generate_series(1, 60) n cross join lateral (
      select id from campaigns where platform = 'built-in' order by name offset n % 2 limit 1) c`);
  await app.query(`
    insert into referrals (id, workspace_id, campaign_id, person_id, referrer_id, status, status_at, reward_status, source,
      joined_at)
    select md5('referral ' || n)::uuid, 'sandbox', c.id, md5('listed ' || n)::uuid,
      case when n % 5 > 0 then (select id from referrers f where f.campaign_id = c.id order by md5(id::text || n % 4) limit 1) end,
      (array['pending', 'qualified', 'disqualified', 'qualified'])[n % 4 + 1],
      date_trunc('hour', now()) - interval '5 hours' * ((n * 7919) % 620 / 3),
      case when n % 4 in (1, 3) then 'issued' else 'none' end, 'api',
      date_trunc('hour', now()) - interval '5 hours' * ((n * 104729) % 620)
    from generate_series(1, 240) n
    join lateral (select id from campaigns where platform = 'built-in' order by name offset n % 2 limit 1) c on true`);
  await app.query(`
    insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, amount, currency, status, due_at,
      issued_at)
    select md5('reward ' || r.id || recipient)::uuid, 'sandbox', r.id, recipient, r.campaign_id,
      case recipient when 'friend' then r.person_id else f.person_id end, 'Credit', (n % 4)::text || '.50', 'EUR',
      case when n % 3 = 0 then 'due' else 'issued' end, r.status_at,
      case when n % 3 > 0 then r.status_at + interval '3 days' * (n % 2) end
    from (select *, row_number() over (order by id) as n from referrals where id in (
      select md5('referral ' || n)::uuid from generate_series(1, 240) n) and status = 'qualified') r
    cross join unnest(array['friend', 'referrer']) recipient
    left join referrers f on f.id = r.referrer_id
    where recipient = 'friend' or f.id is not null`);
  await app.query(`
    insert into click_days (workspace_id, referrer_id, day, campaign_id, clicks)
    select 'sandbox', id, current_date - days, campaign_id, 1 + days % 3 from referrers cross join generate_series(0, 130, 3) days
    union all select 'sandbox', id, '-infinity', campaign_id, 1000 from referrers`);
}

const decoded = (href: string) => href.replaceAll('&amp;', '&');

/** Every number that leads somewhere, with where it leads. */
const numbersOf = (html: string) =>
  [...html.matchAll(/<a href="(\/console\/[^"]+)">([\d,]+)<\/a>/g)].map(([, href = '', number = '']) => ({
    href: decoded(href),
    number: Number(number.replaceAll(',', '')),
  }));

const readNumber = (text: string | undefined) => Number((text ?? 'none').replaceAll(',', ''));

/** What the list says that it has in all. */
async function totalOf(href: string): Promise<number> {
  const { html } = await desk.get(href);
  if (!href.startsWith('/console/people/referrers'))
    return readNumber(/id="totals"><b>([\d,]+) (?:referral|reward)/.exec(html)?.[1]);
  return readNumber(/id="totals">.*?<td class="number"><b>([\d,]+)</s.exec(html)?.[1]);
}

async function countedDirectly(from: string, until: string, campaign: string | null) {
  const days = (at: string) =>
    `(${at} at time zone $1)::date between $2 and $3 and ($4::uuid is null or campaign_id = $4)`;
  const [row] = await app.query<Record<string, number>>(
    `select
      (select coalesce(sum(clicks), 0)::int from click_days where day between $2 and $3
        and ($4::uuid is null or campaign_id = $4) and $1 <> '') as clicks,
      (select count(*)::int from referrals where ${days('joined_at')}) as joined,
      (select count(*)::int from referrals where status = 'qualified' and ${days('status_at')}) as qualified,
      (select count(*)::int from rewards where status = 'issued' and ${days('issued_at')}) as issued`,
    [zone, from, until, campaign],
  );
  return ['clicks', 'joined', 'qualified', 'issued'].map((name) => row?.[name]);
}

const today = () => dayOf(new Date(), zone);
/** By the calendar: before a change of the clocks, a number of hours ago can be the day after. */
const daysAgo = (days: number) => dayOf(daysLater(new Date(), -days, zone), zone);
const figuresIn = (html: string) =>
  [...html.matchAll(/<p class="figure">(?:<a [^>]*>)?([\d,]+)/g)].map(([, number]) => readNumber(number));

describe('Every number of Home', () => {
  it('is what its rows say, and what the list that it opens has in all', async () => {
    const ranges = fc.record({
      last: fc.nat(80),
      length: fc.integer({ min: 0, max: 60 }),
      campaign: fc.option(fc.constantFrom(0, 1, 2)),
    });
    const holds = async ({
      last,
      length,
      campaign,
    }: {
      last: number;
      length: number;
      campaign: number | null;
    }) => {
      const [from, until] = [daysAgo(last + length), daysAgo(last)];
      const id = campaign === null ? null : (campaigns[campaign] ?? null);
      const { html } = await desk.get(
        `/console?from=${from}&until=${until}${id === null ? '' : `&campaign=${id}`}`,
      );
      expect(figuresIn(html)).toEqual(await countedDirectly(from, until, id));
      for (const { href, number } of numbersOf(html)) expect(await totalOf(href), href).toBe(number);
    };
    await fc.assert(fc.asyncProperty(ranges, holds), {
      numRuns: 5,
      examples: [[{ last: 0, length: 29, campaign: null }], [{ last: 0, length: 250, campaign: null }]],
    });
  });

  it.each([
    ['range=7', () => daysAgo(6), today],
    ['', () => daysAgo(29), today],
    ['range=90', () => daysAgo(89), today],
    ['range=month', () => `${today().slice(0, 8)}01`, today],
  ])('is of the days that “%s” means', async (query, from, until) => {
    const { html } = await desk.get(`/console?${query}`);
    expect(figuresIn(html)).toEqual(await countedDirectly(from(), until(), null));
  });

  it('is compared with as many days before, and with nothing in words', async () => {
    const { text } = await desk.get(`/console?from=${daysAgo(400)}&until=${daysAgo(400)}`);
    expect(text).toContain('None in the 1 day before either');
    const [start] = await app.query<{ day: string }>(
      `select min((joined_at at time zone $1)::date)::text as day from referrals`,
      [zone],
    );
    const first = await desk.get(`/console?from=${start?.day}&until=${today()}&campaign=${campaigns[0]}`);
    expect(first.text).toMatch(/None in the \d+ days before(?! either)/);
    const { text: later } = await desk.get(`/console?from=${daysAgo(59)}&until=${daysAgo(30)}`);
    const [, joined] = await countedDirectly(daysAgo(59), daysAgo(30), null);
    const [, before] = await countedDirectly(daysAgo(89), daysAgo(60), null);
    const percent = Math.round((100 * Math.abs(Number(joined) - Number(before))) / Number(before));
    const words = Number(joined) > Number(before) ? 'Up' : 'Down';
    expect(later).toContain(
      `friends who were referred ${words} ${percent}% from ${before} in the 30 days before `,
    );
  });
});

/** Every row's link, over all pages. */
async function walk(path: string): Promise<{ html: string; rows: string[][] }> {
  const rows: string[][] = [];
  let whole = '';
  for (let next: string | undefined = path; next !== undefined; ) {
    const { html, status } = await desk.get(next);
    expect(status).toBe(200);
    whole += html;
    const body = html.split('<tbody>')[1]?.split('</tbody>')[0] ?? '';
    for (const [, row = ''] of body.matchAll(/<tr>(.*?)<\/tr>\n/gs))
      if (!row.includes('id="totals"'))
        rows.push([...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell));
    next = /href="([^"]+)">Next page/.exec(html)?.[1];
    if (next !== undefined) next = decoded(next);
  }
  return { html: whole, rows };
}

const timeIn = (cell: string | undefined) => /datetime="([^"]+)"/.exec(cell ?? '')?.[1] ?? '';
const numberIn = (cell: string | undefined) => readNumber(/([\d,]+)(?:<\/a>)?$/.exec(cell ?? '')?.[1]);

describe('A list', () => {
  it.each([
    ['/console/people/referrals?', 'joined', (row: string[]) => timeIn(row[5])],
    ['/console/people/referrals?status=qualified&', 'since', (row: string[]) => timeIn(row[3])],
    ['/console/rewards?status=all&', 'since', (row: string[]) => timeIn(row.at(-2))],
    ['/console/rewards?status=issued&', 'due', (row: string[]) => timeIn(row.at(-1))],
    [
      '/console/rewards?status=issued&',
      'amount',
      (row: string[]) => /([\d.]+) EUR/.exec(row[1] ?? '')?.[1] ?? '0',
    ],
    [
      '/console/people/referrers?range=90&',
      'clicks',
      (row: string[]) => String(numberIn(row[2])).padStart(9),
    ],
    [
      '/console/people/referrers?range=90&',
      'issued',
      (row: string[]) => String(numberIn(row[5])).padStart(9),
    ],
  ])('%s has everyone once, by %s, in either direction', async (path, sort, read) => {
    const [down, up] = [await walk(`${path}sort=-${sort}`), await walk(`${path}sort=${sort}`)];
    const ids = (rows: string[][]) => rows.map((row) => row.join(''));
    expect(ids(up.rows)).toEqual(ids(down.rows).toReversed());
    const values = up.rows.map(read);
    expect(values).toEqual(values.toSorted());
    expect(values.length).toBeGreaterThan(4);
    const total = /id="totals">(?:<b>)?([\d,]+) /.exec(up.html)?.[1];
    expect(values).toHaveLength(readNumber(total));
  });

  it('of people is ordered by all that names them, page by page, and in a search', async () => {
    const keys = {
      name: "lower(coalesce(name, ''))",
      email: "coalesce(email, '')",
      external: "coalesce(external_id, '')",
    };
    const lists = ['/console/people?', `/console/people?status=qualified&campaign=${campaigns[1]}&`];
    for (const path of lists) {
      const expected = path.includes('status')
        ? `select from referrals where status = 'qualified' and campaign_id = '${campaigns[1]}'`
        : 'select from people';
      const everyone = (await app.query(expected)).length;
      for (const [sort, key] of Object.entries(keys)) {
        const [up, down] = [await walk(`${path}sort=${sort}`), await walk(`${path}sort=-${sort}`)];
        const ids = (rows: string[][]) => rows.map((row) => /people\/([-\da-f]+)/.exec(row[0] ?? '')?.[1]);
        expect(ids(up.rows)).toEqual(ids(down.rows).toReversed());
        expect(new Set(ids(up.rows)).size).toBe(everyone);
        const [sorted] = await app.query<{ ids: string[] }>(
          `select array_agg(id order by ${key}, id) as ids
           from people where id = any($1::uuid[])`,
          [ids(up.rows)],
        );
        expect(ids(up.rows)).toEqual(sorted?.ids);
      }
    }
    const added = await walk('/console/people?sort=added');
    const times = added.rows.map((row) => timeIn(row[5]));
    expect(times).toEqual(times.toSorted());
    const found = await desk.get('/console/people?q=listed.1&sort=-email');
    const emails = [...found.html.matchAll(/<td[^>]*>(listed\.[^<]+)<\/td>/g)].map(([, address]) => address);
    expect(emails).toEqual(emails.toSorted().toReversed());
    expect(emails.length).toBeGreaterThan(20);
    expect((await desk.get('/console/people?sort=email&place=x')).status).toBe(400);
  });

  it.each([null, 1])('of referrers sums up its rows (campaign %s)', async (at) => {
    const campaign = at === null ? '' : `&campaign=${campaigns[at]}`;
    const { html, rows } = await walk(`/console/people/referrers?range=90${campaign}`);
    const [, total = ''] = /id="totals">(.*?)<\/tr>/s.exec(html) ?? [];
    const sums = [...total.matchAll(/<b>([\d,]+)<\/b>/g)].map(([, number]) => readNumber(number));
    const columns = [2, 3, 4, 5];
    expect(sums).toEqual(columns.map((column) => rows.reduce((sum, row) => sum + numberIn(row[column]), 0)));
    expect(Math.min(...sums)).toBeGreaterThan(0);
  });

  it('of referrals counts each status among what its filters leave', async () => {
    const day = daysAgo(40);
    const conditions = [
      ['', 'true'],
      [`campaign=${campaigns[1]}`, `campaign_id = '${campaigns[1]}'`],
      ['reward=issued', "reward_status = 'issued'"],
      ['status=qualified', "status = 'qualified'"],
      [`joined_from=${day}`, `(joined_at at time zone '${zone}')::date >= '${day}'`],
      [`since_from=${day}`, `(status_at at time zone '${zone}')::date >= '${day}'`],
    ];
    for (const [query, condition] of conditions) {
      const [direct] = await app.query<{ words: string }>(
        `select string_agg(n || ' ' || status, ', ' order by
             array_position(array['pending', 'qualified', 'disqualified', 'expired'], status)) as words
           from (select status, count(*) as n from referrals where ${condition} group by 1) counted`,
      );
      const { html } = await desk.get(`/console/people/referrals?${query}`);
      const said = /id="totals"><b>([\d,]+) referrals<\/b>(?:: ([^<]+))?</.exec(html);
      const expected = String(direct?.words);
      // One status alone is said by the total.
      expect(said?.[2] ?? `${said?.[1]} ${expected.split(' ')[1]}`, query).toBe(expected);
    }
  });

  it('of rewards sums up what its filters leave, and so do the totals', async () => {
    const outside = await app.query(`
      insert into rewards (id, workspace_id, referral_id, recipient, campaign_id, person_id, label, amount, currency, status, due_at)
      select md5('outside')::uuid, 'sandbox', id, 'friend', campaign_id, person_id, 'Credit', '7.00', 'EUR', 'due', now()
      from referrals where campaign_id in (select id from campaigns where platform <> 'built-in') limit 1 returning id`);
    expect(outside).toHaveLength(1);
    const money = (html: string) => [...html.matchAll(/([\d,]+\.\d\d)/g)].map(([, sum]) => readNumber(sum));
    const conditions = [
      ['status=all', 'true'],
      [
        'status=all&platform=built-in',
        "(select platform from campaigns c where c.id = campaign_id) = 'built-in'",
      ],
      [`status=all&campaign=${campaigns[1]}`, `campaign_id = '${campaigns[1]}'`],
      ['status=due&recipient=friend', "status = 'due' and recipient = 'friend'"],
      ['status=issued&recipient=referrer', "status = 'issued' and recipient = 'referrer'"],
    ];
    for (const [query, condition] of conditions) {
      const [direct] = await app.query<{ n: number; amount: number }>(
        `select count(*)::int as n, coalesce(sum(amount::numeric), 0)::float as amount from rewards where ${condition}`,
      );
      const { html } = await desk.get(`/console/rewards?${query}`);
      const [, said = ''] = /id="totals"><b>(.*?)<\/b>/s.exec(html) ?? [];
      expect([readNumber(/^[\d,]+/.exec(said)?.[0]), ...money(said)], query).toEqual([
        direct?.n,
        direct?.amount,
      ]);
    }
    const [all] = await app.query<{ n: number; amount: number }>(
      'select count(*)::int as n, sum(amount::numeric)::float as amount from rewards',
    );
    const { html } = await desk.get('/console/rewards/totals');
    const [, body = ''] = /<tbody>(.*?)<\/tbody>/s.exec(html) ?? [];
    const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);
    expect(sum(numbersOf(body).map(({ number }) => number))).toBe(all?.n);
    expect(sum(money(body))).toBeCloseTo(all?.amount ?? 0, 2);
  });

  it('is filtered by all that it shows, and its file too', async () => {
    const [referrer] = await app.query<{ id: string; n: number; person: string }>(
      `select referrer_id as id, count(*)::int as n from referrals where status = 'qualified' and reward_status = 'issued'
         and referrer_id is not null group by 1 order by 2 desc limit 1`,
    );
    const query = `referrer=${referrer?.id}&status=qualified&reward=issued&platform=built-in`;
    const { rows } = await walk(`/console/people/referrals?${query}`);
    expect(rows).toHaveLength(referrer?.n ?? 0);
    const file = await desk.get(`/console/people/referrals/export?${query}`);
    expect(file.html.trim().split('\r\n')).toHaveLength(1 + rows.length);
    const none = await desk.get(
      '/console/people/referrals?platform=referral-factory&status=qualified&joined_until=2020-01-01',
    );
    expect(none.text).toContain('No referrals match these filters.');
    const day = daysAgo(20);
    const joined = await desk.get(`/console/people/referrals?joined_from=${day}&joined_until=${day}`);
    const [count] = await app.query<{ n: number }>(
      `select count(*)::int as n from referrals where (joined_at at time zone $1)::date = $2`,
      [zone, day],
    );
    expect(readNumber(/id="totals"><b>([\d,]+)/.exec(joined.html)?.[1])).toBe(count?.n);
  });

  it('is saved as a view, for oneself or shared by an administrator, and deleted', async () => {
    const colleague = await signIn(app, app.sandbox.world.admins.all()[1]?.id ?? '');
    const path = '/console/people/referrals?status=qualified&sort=since';
    const view = (name: string) => ({ list: 'referrals', query: 'status=qualified&sort=since', name });
    await desk.submit('/console/views', view('Mine'));
    const shared = await desk.submit('/console/views', { ...view('Ours'), shared: 'on' });
    expect(shared.html).toContain(
      'href="/console/people/referrals?sort=since&amp;status=qualified" aria-current="page">Mine</a>',
    );
    const seen = async (who: Console) =>
      [
        ...(await who.get(path)).html.matchAll(/status=qualified"(?: aria-current="page")?>(Mine|Ours)</g),
      ].map(([, name]) => name);
    expect(await seen(desk)).toEqual(['Mine', 'Ours']);
    expect(await seen(colleague)).toEqual(['Ours']);
    expect((await desk.post('/console/views', view('mine'))).status).toBe(422);
    const twice = await Promise.all([1, 2, 3, 4].map(() => colleague.post('/console/views', view('Twice'))));
    expect(twice.map(({ status }) => status).toSorted()).toEqual([303, 422, 422, 422]);
    const unstorable = { ...view('Other'), query: 'status=%00' };
    expect((await desk.post('/console/views', unstorable)).status).toBe(422);
    expect((await colleague.post('/console/views', { ...view('Theirs'), shared: 'on' })).status).toBe(403);
    const ids = new Map(
      (await app.query<{ id: string; name: string }>('select id, name from saved_views')).map(
        ({ id, name }) => [name, id],
      ),
    );
    expect((await colleague.post(`/console/views/${ids.get('Mine')}/delete`)).status).toBe(404);
    expect((await colleague.post(`/console/views/${ids.get('Ours')}/delete`)).status).toBe(403);
    for (const name of ['Mine', 'Ours']) await desk.submit(`/console/views/${ids.get(name)}/delete`);
    expect(await seen(desk)).toEqual([]);
    const audited = await app.query<{ action: string }>(
      `select action from audit_log where action like 'view.%' order by id`,
    );
    expect(audited.map(({ action }) => action)).toEqual(['view.share', 'view.delete']);
  });

  it('refuses places and orders that it does not have', async () => {
    const place = Buffer.from('1e9/x').toString('base64url');
    const queries = [`place=${place}`, 'place=x', 'sort=name', 'sort=--joined', 'joined_from=yesterday'];
    for (const query of [...queries, 'joined_from=0001-01-01', 'since_until=9999-12-31'])
      expect((await desk.get(`/console/people/referrals?${query}`)).status, query).toBe(400);
    for (const path of ['/console', '/console/people/referrers', '/console/rewards', '/console/run-log'])
      expect((await desk.get(`${path}?from=0001-01-01&until=9999-12-31`)).status, path).toBe(400);
  });
});

describe('Day counts', () => {
  it('are exact while statuses change, counts are folded and the time zone changes, all at once', async () => {
    const { database } = app.ctx;
    const ask = async (text: string, values: unknown[] = []) =>
      void (await database.pool.query(text, values));
    const rounds = [...Array(25).keys()];
    const changeStatuses = async (writer: number) => {
      for (const round of rounds)
        await ask(
          `update referrals set status_at = now() - interval '7 hours' * $1::int,
             status = (array['pending', 'qualified', 'expired'])[$1::int % 3 + 1]
           where id in (select id from referrals order by md5(id::text || $2) limit 3 )`,
          [round + writer, `${round} ${writer}`],
        );
    };
    const foldThem = async () => {
      for (const _ of rounds) await foldDayCounts(database);
    };
    const moveHouse = async () => {
      for (const name of [
        'Asia/Kathmandu',
        'america/new_york',
        'Nowhere/Special',
        'UTC',
        'Pacific/Chatham',
        zone,
      ])
        await ask('update installations set time_zone = $1', [name]);
    };
    // One change is under way when the zone changes, which has to wait for it.
    const early = await database.pool.connect();
    await early.query(`begin; update referrals set status_at = status_at - interval '40 days'`);
    const moved = ask(`update installations set time_zone = 'Asia/Tokyo'`);
    const waiting = `select from pg_locks where not granted and locktype = 'advisory'`;
    await Promise.race([moved, until(async () => (await app.query(waiting)).length > 0)]);
    await early.query('commit');
    early.release();
    await moved;
    expect(await flawsInDayCounts(database.pool)).toEqual([]);
    await Promise.all([changeStatuses(1), changeStatuses(2), changeStatuses(3), foldThem(), moveHouse()]);
    expect(await flawsInDayCounts(database.pool)).toEqual([]);
    await foldDayCounts(database);
    expect(await app.query('select from day_count_changes')).toEqual([]);
    expect(await flawsInDayCounts(database.pool)).toEqual([]);
  });
});
