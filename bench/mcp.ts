// Part of `npm run bench`: how long an AI assistant waits for a tool at /mcp, beside a request that only asks the database
// whether it is there. The assistant is the official client.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { connectAssistant } from '../sandbox/assistant/client.ts';
import { byCommand } from '../src/domain/workspace/audit.ts';
import { createSecrets } from '../src/secrets.ts';
import { openDatabase } from '../src/store/database.ts';
import { issueApiToken } from '../src/usecases/workspace/api-tokens.ts';
import { appSecret, startFilledApp } from './support/filled-app.ts';
import { measuredWorkspace } from './support/referrals.ts';
import { type Line, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';
import { measureWaits, waitLines } from './support/waits.ts';

const { values: given } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100000' },
    /** Of each tool. */
    requests: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
  },
});
const requests = Number(given.requests);
/** Half of what one token may call in a minute. */
const callsOfToken = 60;

type Subject = { contactId: string; email: string; referralId: string };

/** Those that ask Intercom are left out: its answer would be what is measured. */
const tools: Record<string, (subject: Subject) => Record<string, unknown>> = {
  search: ({ email }) => ({ query: email }),
  get_contact_referral: ({ contactId }) => ({ contact_id: contactId }),
  get_referral: ({ referralId }) => ({ referral_id: referralId }),
  explain_qualification: ({ referralId }) => ({ referral_id: referralId }),
  get_reward_status: ({ contactId }) => ({ contact_id: contactId }),
  list_referrals: () => ({ status: 'pending' }),
  list_campaigns: () => ({}),
};

async function readSubjects(databaseUrl: string): Promise<Subject[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<Subject>(
      `select p.contact_id as "contactId", p.email, r.id as "referralId"
       from referrals r join people p on p.id = r.person_id
       where r.workspace_id = $1 and p.contact_id is not null order by md5(r.id::text) limit 2000`,
      [measuredWorkspace],
    );
    return rows;
  } finally {
    await client.end();
  }
}

/** As many as the calls need. */
async function issueTokens(databaseUrl: string): Promise<string[]> {
  const database = openDatabase(databaseUrl, { warn() {} });
  const ctx = {
    ...{ database, secrets: createSecrets([appSecret]) },
    ...{ now: () => new Date(), newId: () => randomUUID() },
  };
  try {
    const calls = (Object.keys(tools).length + 1) * (requests + 50);
    const issued = Array.from({ length: Math.ceil(calls / callsOfToken) }, () =>
      issueApiToken(ctx, measuredWorkspace, 'bench', byCommand),
    );
    return (await Promise.all(issued)).map(({ token }) => token);
  } finally {
    await database.close();
  }
}

async function bench(stage: Stage): Promise<Line[]> {
  const app = await startFilledApp(stage, Number(given.referrals));
  const subjects = await readSubjects(app.databaseUrl);
  const tokens = await issueTokens(app.databaseUrl);
  const address = `${app.url.replace('127.0.0.1', 'localhost')}/mcp`;
  const clients = await Promise.all(
    tokens.map((token) => connectAssistant(address, { token: async () => token })),
  );
  stage.onClear(() => Promise.all(clients.map((client) => client.close())));
  const bare = await measureWaits(requests, async () => (await fetch(`${app.url}/readyz`)).ok);
  const before = stage.intercomCalls();
  let calls = 0;
  const nextClient = () => {
    calls += 1;
    const client = clients[calls % clients.length];
    if (client === undefined) throw new Error('No client is connected.');
    return client;
  };
  const goals = { p50: 300, p99: 3_000 };
  const listed = await measureWaits(requests, async () => (await nextClient().listTools()).tools.length > 0);
  const lines = waitLines('list of tools', listed, bare, goals);
  for (const [name, argumentsFor] of Object.entries(tools)) {
    const waits = await measureWaits(requests, async (at) => {
      const subject = subjects[(at * 7) % subjects.length];
      if (subject === undefined) throw new Error('There are no referrals.');
      const answer = await nextClient().callTool({ name, arguments: argumentsFor(subject) });
      return answer.isError !== true && answer.structuredContent !== undefined;
    });
    lines.push(...waitLines(name, waits, bare, goals));
  }
  const asked = stage.intercomCalls() - before;
  lines.push({ what: 'calls to Intercom', value: String(asked), goal: { words: '0', met: asked === 0 } });
  return lines;
}

await onStage(async (stage) => printLines(await bench(stage), given));
