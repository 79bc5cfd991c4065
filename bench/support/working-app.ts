// The app with workspaces to flood, beside a quiet one that waits for its turn.
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { fillPace, quietWorkspace } from './pace-data.ts';
import { createDatabase } from './postgres.ts';
import { profiling, startServer } from './processes/processes.ts';
import type { Stage } from './stage.ts';

export const clientSecret = 'the client secret of the benchmark';
const quietEveryMs = 250;

export type Place = { url: string; pid: number; database: pg.Pool };

export async function startWorkingApp(
  stage: Stage,
  serverUrl: string,
  { workspaces, profile }: { workspaces: number; profile?: string | undefined },
): Promise<Place> {
  const databaseUrl = await createDatabase(serverUrl, `pace_${workspaces}`);
  await fillPace(databaseUrl, workspaces, 'a secret of the benchmark that is long enough to be one');
  const options = { variant: 'working', clientSecret, databaseUrl };
  const server = await startServer('accept-server.ts', options, profiling(profile));
  stage.onClear(server.stop);
  const database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  database.on('error', () => {});
  stage.onClear(() => database.end());
  return { ...server, database };
}

/** One notification every quarter of a second, while `until` is pending. */
export async function sendQuietly(url: string, until: Promise<unknown>): Promise<void> {
  let over = false;
  void until.finally(() => {
    over = true;
  });
  while (!over) {
    const body = JSON.stringify({
      type: 'notification_event',
      app_id: quietWorkspace,
      id: `notif_${randomUUID()}`,
      topic: 'contact.user.updated',
      data: {
        item: { type: 'contact', id: '66f0a1b2c3d4e5f600000010', role: 'user', updated_at: Date.now() },
      },
    });
    const signature = `sha1=${createHmac('sha1', clientSecret).update(body).digest('hex')}`;
    const headers = { 'content-type': 'application/json', 'x-hub-signature': signature };
    await (await fetch(`${url}/intercom/webhooks`, { method: 'POST', body, headers })).arrayBuffer();
    await sleep(quietEveryMs);
  }
}
