// Part of `npm run bench`: how long Fin waits for an answer, beside a request that only asks the database whether it is there.
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { requestsPerMinute } from '../src/domain/fin/question.ts';
import { startFilledApp } from './support/filled-app.ts';
import { measuredWorkspace } from './support/referrals.ts';
import { type Line, printLines } from './support/report.ts';
import { onStage, type Stage } from './support/stage.ts';
import { measureWaits, waitLines } from './support/waits.ts';

const { values: given } = parseArgs({
  options: {
    referrals: { type: 'string', default: '100000' },
    /** Of each question. */
    requests: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
  },
});
const requests = Number(given.requests);
const questions = ['referral-status', 'rewards', 'my-link', 'program'] as const;

/** As many as the requests need: each may ask so often in a minute. */
const keys = Array.from(
  { length: Math.ceil(((questions.length + 1) * requests) / (requestsPerMinute / 2)) },
  () => `rdfin_${randomBytes(32).toString('base64url')}`,
);

/** Keys, and what notifications leave of contacts. Resolves with the contacts of customers. */
async function prepare(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    for (const key of keys) {
      await client.query(
        `insert into fin_keys (id, workspace_id, name, hash, created_at) values (gen_random_uuid(), $1, 'bench', $2, now())`,
        [measuredWorkspace, createHash('sha256').update(key).digest('base64url')],
      );
    }
    await client.query(
      `insert into contacts (workspace_id, contact_id, role, values, seen_at)
       select workspace_id, contact_id, 'user', jsonb_build_object('external_id', external_id, 'email', email), now()
       from people where contact_id is not null and external_id is not null`,
    );
    await client.query('vacuum analyze');
    const { rows } = await client.query<{ id: string }>(
      `select p.contact_id as id from referrers f join people p on p.id = f.person_id
       where f.workspace_id = $1 and p.contact_id is not null and p.external_id is not null limit 2000`,
      [measuredWorkspace],
    );
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

async function bench(stage: Stage): Promise<Line[]> {
  const app = await startFilledApp(stage, Number(given.referrals));
  const contacts = await prepare(app.databaseUrl);
  const bare = await measureWaits(requests, async () => (await fetch(`${app.url}/readyz`)).ok);
  const lines: Line[] = [];
  let asked = 0;
  for (const question of questions) {
    const waits = await measureWaits(requests, async (at) => {
      asked += 1;
      const contact = contacts[(at * 7) % contacts.length];
      const answer = await fetch(`${app.url}/fin/v1/${question}?contact_id=${contact}`, {
        headers: { authorization: `Bearer ${keys[asked % keys.length]}` },
      });
      const { found, verified } = (await answer.json()) as { found?: boolean; verified?: boolean };
      return found === true && verified === true;
    });
    lines.push(...waitLines(`Fin, ${question}`, waits, bare, { p50: 300, p99: 3_000 }));
  }
  lines.push(stage.callsLine());
  return lines;
}

await onStage(async (stage) => printLines(await bench(stage), given));
