// A workspace of its own for each test of the sandbox's Intercom API: its memory, its address, what it emitted.
import { once } from 'node:events';
import { createServer } from 'node:http';
import axios, { type AxiosInstance } from 'axios';
import express from 'express';
import { intercomApi } from '../../sandbox/intercom/api.ts';
import { changeSettings } from '../../sandbox/settings.ts';
import { type Admin, type DataAttribute, openWorld, type World } from '../../sandbox/world.ts';

export type Workspace = {
  world: World;
  url: string;
  /** Asks as the fixed token, at version 2.16, and answers whatever the status is. */
  http: AxiosInstance;
  emitted: { topic: string; item: Record<string, unknown> }[];
  /** The topics since the last time that this was asked. */
  topics(): string[];
  uninstalls(): number;
  setNow(ms: number): void;
  [Symbol.asyncDispose](): Promise<void>;
};

export const owner: Admin = {
  id: '501',
  name: 'Ola Nord',
  email: 'ola@example.com',
  job_title: null,
  email_verified: true,
  avatar: null,
};

/** As Intercom is, except that searches know all at once. Has one teammate and the custom attributes plan, seats, paid, score and since; no one else. */
export async function openWorkspace(): Promise<Workspace> {
  let now: number | undefined;
  const world = openWorld(':memory:', () => now ?? Date.now());
  changeSettings(world, { search_lag_ms: 0 });
  world.admins.put(owner);
  addAttribute(world, { name: 'plan', options: ['free', 'pro'] });
  addAttribute(world, { name: 'nickname' });
  addAttribute(world, { name: 'seats', data_type: 'integer' });
  addAttribute(world, { name: 'paid', data_type: 'boolean' });
  addAttribute(world, { name: 'score', data_type: 'float' });
  addAttribute(world, { name: 'since', data_type: 'date' });

  const emitted: Workspace['emitted'] = [];
  let told = 0;
  let uninstalls = 0;
  const app = express();
  app.use(
    intercomApi({
      world,
      emit: (topic, item) => emitted.push({ topic, item }),
      faults: { api: (_req, _res, next) => next() },
      onUninstall: () => {
        uninstalls += 1;
      },
    }),
  );
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    world,
    url,
    http: axios.create({
      baseURL: url,
      headers: { Authorization: 'Bearer sandbox-access-token', 'Intercom-Version': '2.16' },
      validateStatus: () => true,
    }),
    emitted,
    topics() {
      const since = emitted.slice(told).map((one) => one.topic);
      told = emitted.length;
      return since;
    },
    uninstalls: () => uninstalls,
    setNow(ms) {
      now = ms;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      world.close();
    },
  };
}

export function addAttribute(
  world: World,
  attribute: Pick<DataAttribute, 'name'> & Partial<DataAttribute>,
): void {
  world.dataAttributes.put({
    id: world.newNumericId(),
    model: 'contact',
    data_type: 'string',
    options: null,
    description: null,
    messenger_writable: false,
    custom: true,
    archived: false,
    created_at: world.now(),
    updated_at: world.now(),
    admin_id: owner.id,
    ...attribute,
  });
}

/** Creates a contact by the API and answers its body; fails when it was refused. */
export async function create(workspace: Workspace, body: Record<string, unknown>) {
  const answer = await workspace.http.post('/contacts', body);
  if (answer.status !== 200) throw new Error(`refused: ${JSON.stringify(answer.data)}`);
  return answer.data;
}

/** What a refusal says, without the id that is new each time. */
export function refusalOf(answer: { status: number; data: { errors: { code: string; message: string }[] } }) {
  const [error] = answer.data.errors;
  return { status: answer.status, code: error?.code, message: error?.message };
}
