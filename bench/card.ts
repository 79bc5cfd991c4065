// `npm run bench`: how fast the card and the Messenger's live canvas are, how large a program it supports, how fast the app starts and how much memory
// it uses.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEmbeddedServer } from '../src/postgres/server.ts';
import { createSecrets } from '../src/secrets.ts';
import {
  cardPath,
  checkAnswers,
  checkLiveAnswers,
  everyCard,
  everyLink,
  livePath,
} from './support/answers.ts';
import { createDatabase } from './support/postgres.ts';
import { connections } from './support/processes/load.ts';
import {
  postgresMegabytes,
  profiling,
  residentMegabytes,
  startApp,
  startBareServer,
  startGenerator,
} from './support/processes/processes.ts';
import { fill, knownContacts, measuredWorkspace } from './support/referrals.ts';
import { atLeast, atMost, type Line, megabytes, ms, note, percent, printLines } from './support/report.ts';
import { contentRequest, initializeRequest } from './support/requests.ts';
import { measureInTurn, type Result, type Target } from './support/rounds.ts';
import { onStage, type Stage } from './support/stage.ts';

const { values: given } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '4' },
    referrals: { type: 'string', default: '100000' },
    small: { type: 'string', default: '1000' },
    large: { type: 'string', default: '1000000' },
    /** A folder: the app leaves a CPU profile of the first part there when it stops. */
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const turns = { rounds: Number(given.rounds), seconds: Number(given.seconds) };
const sizes = { small: Number(given.small), middle: Number(given.referrals), large: Number(given.large) };

// More than any cache on the way would hold.
const differentContacts = 10_000;
const appSecret = 'a secret of the benchmark that is long enough to be one';
const clientSecret = 'the client secret of the benchmark';

const perSecond = (value: number) => `${value.toFixed(0)} req/s`;
const cards = (requests: string) => ({
  ...{ of: 'cards' as const, requests, path: cardPath, mustContain: everyCard },
});
const liveCanvases = (requests: string) => ({ ...cards(requests), path: livePath, mustContain: everyLink });

function appSettings(stage: Stage): Record<string, string> {
  return {
    PORT: '0',
    PUBLIC_URL: 'http://localhost:3000',
    APP_SECRET: appSecret,
    INTERCOM_CLIENT_ID: 'bench',
    INTERCOM_CLIENT_SECRET: clientSecret,
    INTERCOM_API_URL: stage.intercomUrl,
    INTERCOM_OAUTH_URL: stage.intercomUrl,
    LOG_LEVEL: 'info',
  };
}

/** Fills the database and prepares requests for it: a file for the generator, and a response of typical size. */
async function prepare(stage: Stage, appUrl: string, databaseUrl: string, referrals: number) {
  note(`  loading ${referrals} referrals`);
  await fill(databaseUrl, referrals, appSecret);
  const contacts = await knownContacts(databaseUrl, differentContacts);
  const requests = contacts.map((contact) => initializeRequest(measuredWorkspace, contact, clientSecret));
  const answer = await checkAnswers(appUrl, requests.slice(0, 200));
  const file = join(stage.folder, `requests-${referrals}.json`);
  writeFileSync(file, JSON.stringify(requests));
  const requestBytes = Buffer.byteLength(requests[0]?.body ?? '');
  return { file, answer, contacts: contacts.length, requestBytes };
}

/** The same for users who look at their own link in the Messenger; after `prepare`. */
async function prepareLive(stage: Stage, appUrl: string, databaseUrl: string) {
  const contacts = await knownContacts(databaseUrl, differentContacts * 4);
  const referrers = contacts.filter(({ isReferrer, externalId }) => isReferrer && externalId !== null);
  const secrets = createSecrets([appSecret]);
  const card = secrets.seal(measuredWorkspace, JSON.stringify({ c: null, h: null, t: null }));
  const contentUrl = `http://localhost:3000${livePath}?card=${card}`;
  const requests = referrers
    .slice(0, differentContacts)
    .map((contact) => contentRequest(measuredWorkspace, contact, { contentUrl, secret: clientSecret }));
  const answer = await checkLiveAnswers(appUrl, requests.slice(0, 200));
  const file = join(stage.folder, 'live-requests.json');
  writeFileSync(file, JSON.stringify(requests));
  return { file, answer };
}

/** The embedded server's own database has the middle size; the other sizes get their own databases. */
async function startSized(stage: Stage, serverUrl: string, referrals: number): Promise<Target> {
  const databaseUrl = await createDatabase(serverUrl, `referrals_${referrals}`);
  const app = await startApp(stage.onClear, { ...appSettings(stage), DATABASE_URL: databaseUrl });
  const { file } = await prepare(stage, app.url, databaseUrl, referrals);
  return { url: app.url, load: cards(file) };
}

/** The app on its second start, on a database that the first start made. */
async function startMeasuredApp(stage: Stage) {
  const dataDir = join(stage.folder, 'data');
  const settings = { ...appSettings(stage), DATA_DIR: dataDir };
  const firstStart = await startApp(stage.onClear, settings);
  await firstStart.stop();
  const app = await startApp(stage.onClear, settings, profiling(given.profile));
  const server = await startEmbeddedServer({ dataDir, purpose: 'tool', log: { info() {}, warn() {} } });
  return { firstStart, app, server };
}

/** The card and the live canvas, each beside a server that gives the same answer and does nothing for it. */
async function prepareTargets(stage: Stage, appUrl: string, databaseUrl: string) {
  const { file, answer, contacts, requestBytes } = await prepare(stage, appUrl, databaseUrl, sizes.middle);
  const bareServer = await startBareServer(clientSecret, answer);
  stage.onClear(bareServer.stop);
  const live = await prepareLive(stage, appUrl, databaseUrl);
  const bareLive = await startBareServer(clientSecret, live.answer);
  stage.onClear(bareLive.stop);
  const bytes = `${requestBytes} bytes asked, ${Buffer.byteLength(answer)} answered`;
  note(`  ${connections} connections, ${contacts} contacts, ${bytes}`);
  const card = { url: appUrl, load: cards(file) };
  const canvas = { url: appUrl, load: liveCanvases(live.file) };
  return {
    ...{ card, canvas },
    bare: { ...card, url: bareServer.url },
    bareLived: { ...canvas, url: bareLive.url },
    async stopBare() {
      await bareServer.stop();
      await bareLive.stop();
    },
  };
}

async function bench(stage: Stage): Promise<Line[]> {
  const { firstStart, app, server } = await startMeasuredApp(stage);
  const memory = () => ({ app: residentMegabytes(app.pid), postgres: postgresMegabytes(server.pid) });
  await sleep(1_000);
  const idle = memory();

  const targets = await prepareTargets(stage, app.url, server.url);
  const generator = startGenerator(stage.onClear);
  const { bare, card } = await measureInTurn(generator, { bare: targets.bare, card: targets.card }, turns);
  const { bareLived, canvas } = await measureInTurn(
    generator,
    { bareLived: targets.bareLived, canvas: targets.canvas },
    turns,
  );
  const loaded = memory();
  await targets.stopBare();
  const bySize = await measureInTurn(
    generator,
    {
      small: await startSized(stage, server.url, sizes.small),
      middle: targets.card,
      large: await startSized(stage, server.url, sizes.large),
    },
    turns,
  );
  return [
    ...speedLines('card', bare, card, 30),
    ...speedLines('live canvas', bareLived, canvas, 35),
    ...besideCard(card, canvas),
    ...sizeLines(bySize),
    stage.callsLine(),
    { what: 'start, the very first', value: ms(firstStart.startMs) },
    {
      what: 'start, every other',
      value: ms(app.startMs),
      limit: ms(firstStart.startMs),
      ratio: (app.startMs / firstStart.startMs).toFixed(2),
    },
    { what: 'memory of the app, idle', value: megabytes(idle.app) },
    { what: 'memory of the app, after the load', value: megabytes(loaded.app) },
    { what: 'memory of PostgreSQL, idle', value: megabytes(idle.postgres) },
    { what: 'memory of PostgreSQL, after the load', value: megabytes(loaded.postgres) },
    { what: 'calls to Intercom', value: '0', goal: { words: '0', met: true } },
  ];
}

function speedLines(name: string, bare: Result, card: Result, percentOfBare: number): Line[] {
  const line = (what: string, of: 'p50' | 'p99'): Line => ({
    what: `${name}, ${what} wait`,
    value: ms(card[of]),
    limit: ms(bare[of]),
    ratio: (card[of] / bare[of]).toFixed(2),
  });
  const ratio = card.requestsPerSecond / bare.requestsPerSecond;
  return [
    {
      what: `${name}, ${sizes.middle} referrals`,
      value: perSecond(card.requestsPerSecond),
      limit: perSecond(bare.requestsPerSecond),
      ratio: percent(ratio),
      goal: atLeast(percentOfBare, ratio),
    },
    line('p50', 'p50'),
    { ...line('p99', 'p99'), goal: atMost(3, card.p99 / bare.p99) },
  ];
}

/** Measured one after the other, on the same data and connections. */
function besideCard(card: Result, canvas: Result): Line[] {
  const line = (of: 'p50' | 'p99'): Line => ({
    what: `live canvas beside the card, ${of} wait`,
    value: ms(canvas[of]),
    limit: ms(card[of]),
    ratio: (canvas[of] / card[of]).toFixed(2),
  });
  return [line('p50'), line('p99')];
}

function sizeLines({ small, middle, large }: Record<'small' | 'middle' | 'large', Result>): Line[] {
  const line = (referrals: number, result: Result): Line => ({
    what: `card, p99 with ${referrals} referrals`,
    value: ms(result.p99),
    limit: ms(small.p99),
    ratio: (result.p99 / small.p99).toFixed(2),
  });
  return [
    line(sizes.small, small),
    line(sizes.middle, middle),
    { ...line(sizes.large, large), goal: atMost(1.3, large.p99 / small.p99) },
  ];
}

await onStage(async (stage) => printLines(await bench(stage), given));
