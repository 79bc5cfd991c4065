// Part of `npm run bench`: how many notifications per second are accepted, each acknowledged only when it is durable.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { notificationMaker } from './support/notifications.ts';
import { createDatabase, startPostgres } from './support/postgres.ts';
import { connections, type Measured } from './support/processes/load.ts';
import { startGenerator, startServer } from './support/processes/processes.ts';
import { atLeast, below, type Line, ms, note, percent, printLines } from './support/report.ts';
import { measureInTurn, type Result, type Target } from './support/rounds.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const turns = { rounds: Number(given.rounds), seconds: Number(given.seconds) };
const clientSecret = 'the client secret of the benchmark';

type Variant = 'bare' | 'no-database' | 'one-each' | 'durable';

const perSecond = ({ requestsPerSecond }: Result) => `${requestsPerSecond.toFixed(0)} req/s`;

/** Each has its own database, so that none works on another's leftovers. */
async function startTarget(stage: Stage, serverUrl: string, variant: Variant): Promise<Target> {
  const databaseUrl = await createDatabase(serverUrl, `accept_${variant.replace('-', '_')}`);
  const server = await startServer('accept-server.ts', { variant, clientSecret, databaseUrl });
  stage.onClear(server.stop);
  return {
    url: server.url,
    load: { of: 'notifications', clientSecret },
    ...((variant === 'durable' || variant === 'one-each') && {
      after: (measured: Measured) => checkStored(databaseUrl, variant, measured),
    }),
  };
}

/** A fast response counts only if the delivery is stored, and its job where it has one; afterwards the tables are emptied. */
async function checkStored(databaseUrl: string, variant: Variant, { answers }: Measured): Promise<void> {
  const [found] = await query(
    databaseUrl,
    `select (select count(*) from deliveries) as stored,
      (select coalesce(sum(case jsonb_typeof(data -> 'deliveryIds') when 'array'
        then jsonb_array_length(data -> 'deliveryIds') else 1 end), 0) from pgboss.job where name like 'handle-%') as handled`,
  );
  const { stored, handled } = found ?? {};
  if (Number(stored) < answers || (variant === 'one-each' && stored !== handled)) {
    throw new Error(`${variant}: ${answers} answers, but ${stored} stored and ${handled} with a job`);
  }
  await query(databaseUrl, 'truncate deliveries, pgboss.job');
  await query(databaseUrl, 'checkpoint');
}

async function query(url: string, text: string): Promise<Record<string, string>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function bench(stage: Stage): Promise<Line[]> {
  const server = await startPostgres(stage);
  const generator = startGenerator(stage.onClear);
  const bytes = Buffer.byteLength(notificationMaker(clientSecret)().body);
  note(`  ${connections} connections, ${bytes} bytes a notification`);
  const start = (variant: Variant) => startTarget(stage, server.url, variant);
  return lines(
    await measureInTurn(
      generator,
      {
        durable: await start('durable'),
        'no-database': await start('no-database'),
        'one-each': await start('one-each'),
        bare: await start('bare'),
      },
      turns,
    ),
  );
}

function lines(results: Record<Variant, Result>): Line[] {
  const { durable, 'no-database': unstored, 'one-each': oneEach, bare } = results;
  const share = durable.requestsPerSecond / unstored.requestsPerSecond;
  const times = durable.requestsPerSecond / oneEach.requestsPerSecond;
  return [
    {
      what: 'accept; the same handler, storing nothing',
      value: perSecond(durable),
      limit: perSecond(unstored),
      ratio: percent(share),
      goal: atLeast(40, share),
    },
    {
      what: 'accept; Express with a transaction each',
      value: perSecond(durable),
      limit: perSecond(oneEach),
      ratio: times.toFixed(2),
      goal: { words: '>= 2.5', met: times >= 2.5 },
    },
    {
      what: 'accept; node:http alone with the same signature check',
      value: perSecond(durable),
      limit: perSecond(bare),
      ratio: percent(durable.requestsPerSecond / bare.requestsPerSecond),
    },
    { what: 'accept, p50 wait', value: ms(durable.p50), limit: ms(unstored.p50) },
    {
      what: 'accept, p99 wait',
      value: ms(durable.p99),
      limit: ms(unstored.p99),
      goal: below(50, durable.p99, ' ms'),
    },
  ];
}

await onStage(async (stage) => printLines(await bench(stage), given));
