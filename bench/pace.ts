// Part of `npm run bench`: whether work keeps up with what is accepted, in one workspace and in fifty, and how long a
// quiet workspace waits behind a flood.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { quietWorkspace } from './support/pace-data.ts';
import { startPostgres } from './support/postgres.ts';
import { connections, type Measured } from './support/processes/load.ts';
import {
  type Generator,
  residentMegabytes,
  startGenerator,
  startServer,
} from './support/processes/processes.ts';
import { atLeast, below, type Line, median, megabytes, note, percent, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';
import { clientSecret, type Place, sendQuietly, startWorkingApp } from './support/working-app.ts';

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    workspaces: { type: 'string', default: '50' },
    /** A folder for the app's CPU profile. */
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(given.seconds);

type Round = {
  bare: number;
  accepted: number;
  /** From the first notification until the last one was handled. */
  handled: number;
  quietMs: number;
  memory: number | null;
};

const perSecond = (value: number) => `${value.toFixed(0)}/s`;

async function flood(generator: Generator, app: Place, workspaces: number): Promise<Omit<Round, 'bare'>> {
  const { rows: start } = await app.database.query<{ last: string | null }>(
    'select max(id) as last from deliveries',
  );
  const last = start[0]?.last ?? 0;
  const load = { of: 'notifications' as const, clientSecret, workspaces };
  const flooding: Promise<Measured> = generator.run({ url: app.url, load, seconds });
  await Promise.all([flooding, sendQuietly(app.url, flooding)]);
  const memory = residentMegabytes(app.pid);
  const measured = await flooding;
  if (measured.wrong > 0) throw new Error(`${measured.wrong} wrong answers of ${measured.answers}`);
  for (;;) {
    const { rows } = await app.database.query<{ all: number; left: number; took: number; quiet: number }>(
      `select count(*)::int as all, (count(*) filter (where state = 'received'))::int as left,
         extract(epoch from max(handled_at) - min(received_at))::float as took,
         (max(extract(epoch from handled_at - received_at) * 1000) filter (where workspace_id = $2))::float as quiet
       from deliveries where id > $1`,
      [last, quietWorkspace],
    );
    const [row] = rows;
    if (!row || row.all < measured.answers) throw new Error('an acknowledged notification is not stored');
    if (row.left === 0) {
      await app.database.query('checkpoint');
      return {
        accepted: measured.requestsPerSecond,
        handled: row.all / row.took,
        quietMs: row.quiet,
        memory,
      };
    }
    await sleep(200);
  }
}

async function bench(stage: Stage): Promise<Line[]> {
  const server = await startPostgres(stage);
  const generator = startGenerator(stage.onClear);
  const bare = await startServer('accept-server.ts', {
    variant: 'bare',
    clientSecret,
    databaseUrl: server.url,
  });
  stage.onClear(bare.stop);
  const many = Number(given.workspaces);
  note(`  ${connections} connections, ${seconds} s a round`);
  const lines: Line[] = [];
  for (const workspaces of many > 1 ? [1, many] : [1]) {
    const app = await startWorkingApp(stage, server.url, { workspaces, profile: given.profile });
    // Compilation, caches and the first look at each contact.
    await flood(generator, app, workspaces);
    const rounds: Round[] = [];
    for (let round = 1; round <= Number(given.rounds); round += 1) {
      const load = { of: 'notifications' as const, clientSecret };
      const limit = await generator.run({ url: bare.url, load, seconds: seconds / 2 });
      rounds.push({ bare: limit.requestsPerSecond, ...(await flood(generator, app, workspaces)) });
    }
    lines.push(...linesOf(workspaces, rounds));
  }
  return lines;
}

function linesOf(workspaces: number, rounds: readonly Round[]): Line[] {
  const middle = (read: (round: Round) => number) => median(rounds.map(read));
  const accepted = middle((round) => round.accepted);
  const handled = middle((round) => round.handled);
  const handledShare = middle((round) => round.handled / round.accepted);
  const acceptShare = middle((round) => round.accepted / round.bare);
  const quietMs = middle((round) => round.quietMs);
  const inAll = workspaces === 1 ? 'one workspace' : `${workspaces} workspaces`;
  const [first, latest] = [rounds[0]?.memory ?? null, rounds.at(-1)?.memory ?? null];
  return [
    {
      what: `${inAll}: handled, of what is accepted at the same time`,
      value: perSecond(handled),
      limit: perSecond(accepted),
      ratio: percent(handledShare),
      goal: atLeast(50, handledShare),
    },
    {
      what: `${inAll}: accepted while handling; node:http alone`,
      value: perSecond(accepted),
      limit: perSecond(middle((round) => round.bare)),
      ratio: percent(acceptShare),
      goal: atLeast(15, acceptShare),
    },
    {
      what: `${inAll}: longest wait of a quiet workspace in the flood`,
      value: `${quietMs.toFixed(0)} ms`,
      goal: below(2_000, quietMs, ' ms'),
    },
    ...(first === null || latest === null
      ? []
      : [
          {
            what: `${inAll}: memory after the last flood; the first`,
            value: megabytes(latest),
            limit: megabytes(first),
            ratio: (latest / first).toFixed(2),
            goal: { words: '<= 1.25', met: latest / first <= 1.25 },
          },
        ]),
  ];
}

await onStage(async (stage) => printLines(await bench(stage), given));
