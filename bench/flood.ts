// Part of `npm run bench`: a backlog of 100,000 notifications in one workspace: how fast it drains, how long a quiet
// workspace waits meanwhile, what monitoring says, and what memory is left afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { benchWorkspace, notificationMaker } from './support/notifications.ts';
import { quietWorkspace } from './support/pace-data.ts';
import { startPostgres } from './support/postgres.ts';
import { residentMegabytes } from './support/processes/processes.ts';
import { atLeast, below, type Line, note, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';
import { clientSecret, type Place, sendQuietly, startWorkingApp } from './support/working-app.ts';

const { values: given } = parseArgs({
  options: {
    notifications: { type: 'string', default: '100000' },
    /** Before the flood, for compiled code and caches. */
    warmUp: { type: 'string', default: '5000' },
    json: { type: 'boolean', default: false },
  },
});
const perInsert = 1_000;
const make = notificationMaker(clientSecret);

/** As if they had been accepted a moment ago. Returns the last id before them. */
async function addBacklog({ database }: Place, count: number): Promise<number> {
  const { rows } = await database.query<{ last: string | null }>('select max(id) as last from deliveries');
  for (let from = 0; from < count; from += perInsert) {
    const bodies = Array.from({ length: Math.min(perInsert, count - from) }, () => make().body);
    await database.query(
      `insert into deliveries (workspace_id, notification_id, topic, contact_id, body, received_at, state)
       select $1, body::json ->> 'id', 'contact.user.updated', body::json -> 'data' -> 'item' ->> 'id', body, now(), 'received'
       from unnest($2::text[]) as body`,
      [benchWorkspace(0), bodies],
    );
  }
  return Number(rows[0]?.last ?? 0);
}

type Drained = { first: number; last: number; quietMs: number; told: string };

async function drain(app: Place, after: number, count: number): Promise<Drained> {
  let told = 'nothing';
  const read = async () => {
    const { rows } = await app.database.query<{ left: number }>(
      `select (count(*) filter (where state = 'received'))::int as left from deliveries where id > $1`,
      [after],
    );
    return rows[0]?.left ?? 0;
  };
  const draining = (async () => {
    for (let left = await read(); left > 0; left = await read()) {
      if (left > count / 4) {
        const ready = await (await fetch(`${app.url}/readyz`)).json();
        told = JSON.stringify(ready);
      }
      await sleep(1_000);
    }
  })();
  await Promise.all([draining, sendQuietly(app.url, draining)]);
  const { rows } = await app.database.query<{ first: number; last: number; quiet: number }>(
    `with handled as (
       select handled_at, row_number() over (order by handled_at) as place, count(*) over () as all
       from deliveries where id > $1 and workspace_id = $2
     ), parts as (
       select place * 3 / ("all" + 1) as part,
         count(*) / greatest(extract(epoch from max(handled_at) - min(handled_at)), 0.001) as rate
       from handled group by 1
     )
     select (select rate from parts where part = 0)::float as first, (select rate from parts where part = 2)::float as last,
       (select max(extract(epoch from handled_at - received_at) * 1000) from deliveries
        where id > $1 and workspace_id = $3)::float as quiet`,
    [after, benchWorkspace(0), quietWorkspace],
  );
  const [row] = rows;
  if (!row) throw new Error('The database says nothing.');
  return { first: row.first, last: row.last, quietMs: row.quiet, told };
}

async function bench(stage: Stage): Promise<Line[]> {
  const server = await startPostgres(stage);
  const app = await startWorkingApp(stage, server.url, { workspaces: 1 });
  await drain(app, await addBacklog(app, Number(given.warmUp)), Number(given.warmUp));
  const before = residentMegabytes(app.pid);
  const count = Number(given.notifications);
  const { first, last, quietMs, told } = await drain(app, await addBacklog(app, count), count);
  // The heap shrinks only once nothing needs it.
  await sleep(5_000);
  const after = residentMegabytes(app.pid);
  note(`  /readyz meanwhile: ${told}`);
  const perSecond = (rate: number) => `${rate.toFixed(0)}/s`;
  const grown = before === null || after === null ? null : after / before;
  return [
    {
      what: `${count} waiting: handled in the last third; in the first`,
      value: perSecond(last),
      limit: perSecond(first),
      ratio: `${((last / first) * 100).toFixed(0)} %`,
      goal: atLeast(80, last / first),
    },
    {
      what: 'longest wait of a quiet workspace meanwhile',
      value: `${quietMs.toFixed(0)} ms`,
      goal: below(2_000, quietMs, ' ms'),
    },
    {
      what: 'memory afterwards; before',
      value: after === null ? 'unknown here' : `${after.toFixed(0)} MB`,
      limit: before === null ? 'unknown here' : `${before.toFixed(0)} MB`,
      ...(grown !== null && { ratio: grown.toFixed(2), goal: { words: '<= 1.25', met: grown <= 1.25 } }),
    },
  ];
}

await onStage(async (stage) => printLines(await bench(stage), given));
