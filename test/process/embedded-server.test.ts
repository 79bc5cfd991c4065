// The PostgreSQL that comes along: starts, adoption after kills, refusals, and no promised row lost.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { backUpCluster, restoreCluster } from '../../src/postgres/cluster-backup.ts';
import { type EmbeddedServer, markMoved, startEmbeddedServer } from '../../src/postgres/server.ts';
import { killUnderInserts } from '../chaos/kill-database.ts';
import { startWriter, type WriterProcess } from '../chaos/writer-process.ts';

const log = { info() {}, warn() {} };
const root = process.getuid?.() === 0;
const nobody = root ? idsOfNobody() : undefined;
const project = join(import.meta.dirname, '../..');

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function idsOfNobody(): { uid: number; gid: number } {
  const [uid, gid] = ['-u', '-g'].map((option) =>
    Number(spawnSync('id', [option, 'nobody'], { encoding: 'utf8' }).stdout),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function newFolder(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'referral-desk-embedded-'));
  chmodSync(folder, mode);
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder as a stopped server leaves it: a copy, because making a new cluster each time takes longer. */
function usedFolder(): string {
  const folder = newFolder();
  spawnSync('cp', ['-a', join(prepared, 'postgres'), folder]);
  return folder;
}

const prepared = mkdtempSync(join(tmpdir(), 'referral-desk-embedded-'));
beforeAll(async () => {
  chmodSync(prepared, 0o755);
  await (await startEmbeddedServer({ dataDir: prepared, purpose: 'tool', log })).stop();
});
afterAll(() => rmSync(prepared, { recursive: true, force: true }));

async function start(dataDir: string, purpose: 'app' | 'tool' = 'app'): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDir, purpose, log });
  cleanups.push(() => server.stop());
  return server;
}

function startApp(dataDir: string, options: Parameters<typeof startWriter>[1] = {}): WriterProcess {
  const app = startWriter(dataDir, options);
  cleanups.push(async () => {
    app.child.kill('SIGTERM');
    await app.ended;
  });
  return app;
}

/** An app that was killed outright, and the server it left behind. */
async function orphan(dataDir: string): Promise<{ url: string; pid: number }> {
  const app = startWriter(dataDir);
  const left = await app.ready;
  app.child.kill('SIGKILL');
  await app.ended;
  cleanups.push(() => {
    if (isAlive(left.pid)) process.kill(left.pid, 'SIGQUIT');
  });
  return left;
}

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A zombie that no parent has collected yet is not alive. */
function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

/** Something harmless that runs as the user PostgreSQL runs as, for its process id. */
function bystander(): ChildProcess {
  const child = spawn('sleep', ['600'], { ...nobody, cwd: '/', stdio: 'ignore' });
  cleanups.push(() => child.kill('SIGKILL'));
  return child;
}

const dataOf = (dataDir: string) => join(dataDir, 'postgres', 'data');
const lockFileOf = (dataDir: string) => join(dataOf(dataDir), 'postmaster.pid');

describe('starting', () => {
  test('the first start makes a database, a later one finds its rows at the same address', async () => {
    const dataDir = join(newFolder(), 'not', 'there', 'yet');
    const first = await start(dataDir);
    expect(first).toMatchObject({ firstStart: true, adopted: false });
    await query(first.url, `create table kept as select 'row' as content`);
    await first.stop();

    const second = await start(dataDir);
    expect(second).toMatchObject({ firstStart: false, adopted: false, url: first.url });
    expect(await query(second.url, 'select content from kept')).toEqual([{ content: 'row' }]);
  });

  test('acknowledged means on disk: the settings for it are on, as are checksums, and the server is reachable from this machine alone', async () => {
    const { url } = await start(newFolder());
    const settings = await query(
      url,
      `select name, setting from pg_settings where name in
       ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'listen_addresses', 'jit') order by name`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      jit: 'off',
      listen_addresses: '127.0.0.1',
      synchronous_commit: 'on',
    });
    expect(
      await query(url, `select lower('ÉLAN') as folded, current_setting('server_encoding') as encoding`),
    ).toEqual([{ folded: 'élan', encoding: 'UTF8' }]);
  });

  test('a database that was told not to wait for the disk is refused, and not left running', async () => {
    const dataDir = usedFolder();
    const server = await start(dataDir);
    await query(server.url, 'alter database referral_desk set synchronous_commit = off');
    await server.stop();
    await expect(start(dataDir)).rejects.toThrow(/synchronous_commit off, which can lose acknowledged data/);
    expect(existsSync(lockFileOf(dataDir))).toBe(false);
  });

  test('the password is private, asked for, and of no use on another folder', async () => {
    const [one, other] = [newFolder(), newFolder()];
    const server = await start(one);
    const { password } = new URL((await start(other)).url);
    expect(statSync(join(one, 'postgres', 'password')).mode & 0o777).toBe(0o600);
    for (const wrong of [password, '']) {
      const url = Object.assign(new URL(server.url), { password: wrong }).href;
      await expect(query(url, 'select 1')).rejects.toThrow(/password/i);
    }
  });

  test('another port is taken when some program sits on the one of the last start', async () => {
    const dataDir = usedFolder();
    const first = await start(dataDir);
    await first.stop();
    const squatter = createServer().listen(Number(new URL(first.url).port), '127.0.0.1');
    cleanups.push(() => squatter.close());
    await once(squatter, 'listening');
    const second = await start(dataDir);
    expect(second.url).not.toBe(first.url);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a first start killed while it makes the database is made up for by the next', async () => {
    const dataDir = newFolder();
    const app = startApp(dataDir);
    const home = join(dataDir, 'postgres');
    const partial = () => existsSync(home) && readdirSync(home).some((name) => name.startsWith('data.new-'));
    while (!partial()) await sleep(2);
    await sleep(50);
    app.child.kill('SIGKILL');
    await app.ended;
    expect(existsSync(dataOf(dataDir))).toBe(false);

    expect(await start(dataDir)).toMatchObject({ firstStart: true });
    expect(partial()).toBe(false);
  });

  test('a clean stop leaves neither process nor lock file, and may be asked for twice', async () => {
    const dataDir = usedFolder();
    const server = await start(dataDir);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(lockFileOf(dataDir))).toBe(false);
  });
});

describe('the user it runs as', () => {
  const runs = root ? 'root' : 'an ordinary user';
  test(`started by ${runs}, it runs and owns its data as ${root ? 'nobody' : 'that user'}`, async () => {
    const dataDir = newFolder();
    const { pid } = await start(dataDir);
    const expected = nobody?.uid ?? process.getuid?.();
    const owner = spawnSync('ps', ['-o', 'uid=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
    expect(Number(owner)).toBe(expected);
    expect(statSync(dataOf(dataDir)).uid).toBe(expected);
  });

  if (nobody) {
    test('started by an ordinary user, it runs as that user', async () => {
      const dataDir = newFolder();
      chownSync(dataDir, nobody.uid, nobody.gid);
      const { url, pid } = await startApp(dataDir, { user: nobody }).ready;
      expect(statSync(dataOf(dataDir)).uid).toBe(nobody.uid);
      expect(statSync(`/proc/${pid}`).uid).toBe(nobody.uid);
      expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    });

    test('in a folder that nobody cannot enter, a note says where the database went, and is followed', async () => {
      const dataDir = join(newFolder(0o700), 'data');
      const first = await start(dataDir);
      const home = readFileSync(join(dataDir, 'postgres-location'), 'utf8').trim();
      cleanups.unshift(() => rmSync(home, { recursive: true, force: true }));
      expect(home).toMatch(/^\/var\/lib\/referral-desk\//);
      await query(first.url, 'create table kept ()');
      await first.stop();

      const second = await start(dataDir);
      expect(await query(second.url, 'select from kept')).toEqual([]);
      expect(second.firstStart).toBe(false);
      expect(statSync(join(dataDir, '..')).mode & 0o777).toBe(0o700);
      await second.stop();

      rmSync(home, { recursive: true });
      await expect(start(dataDir)).rejects.toThrow(`names ${home}, which has no database`);
    });

    test('when nobody cannot reach the programs either, they are copied once', async () => {
      const closed = newFolder(0o700);
      for (const name of ['src', 'test', 'node_modules'])
        symlinkSync(join(project, name), join(closed, name));
      const dataDir = newFolder();
      const options = {
        script: join(closed, 'test/chaos/writer.ts'),
        nodeOptions: ['--preserve-symlinks', '--preserve-symlinks-main'],
      };
      const { pid } = await startApp(dataDir, options).ready;
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain(join(dataDir, 'postgres', 'binaries-'));
    });

    test('a database of another user is refused rather than taken over', async () => {
      const dataDir = usedFolder();
      chownSync(dataOf(dataDir), nobody.uid - 1, nobody.gid);
      await expect(start(dataDir)).rejects.toThrow(
        /belongs to the user with the id .*start Referral Desk as that user/,
      );
    });
  }
});

describe('after a kill', () => {
  test('the server that a killed app left behind is adopted, and stopped in the end', async () => {
    const dataDir = usedFolder();
    const left = await orphan(dataDir);
    const server = await start(dataDir);
    expect(server).toMatchObject({ adopted: true, pid: left.pid, url: left.url });
    await server.stop();
    expect(isAlive(left.pid)).toBe(false);
  });

  test('a server that is killed comes back at the same address, again and again', async () => {
    const server = await start(usedFolder());
    const pool = new pg.Pool({ connectionString: server.url });
    pool.on('error', () => {});
    cleanups.push(() => pool.end());
    await pool.query('create table kept ()');
    for (const _ of [1, 2]) {
      const { pid } = server;
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => server.pid).not.toBe(pid);
      expect((await pool.query('select from kept')).rowCount).toBe(0);
    }
  });

  test('an adopted server that is killed comes back as well', async () => {
    const dataDir = usedFolder();
    const left = await orphan(dataDir);
    const server = await start(dataDir);
    process.kill(left.pid, 'SIGKILL');
    await expect.poll(() => server.pid).not.toBe(left.pid);
    expect(await query(left.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a lock file with the process id of an unrelated program neither stops the start nor harms that program', async () => {
    const dataDir = usedFolder();
    const left = await orphan(dataDir);
    const content = readFileSync(lockFileOf(dataDir), 'utf8');
    process.kill(left.pid, 'SIGKILL');
    const other = bystander();
    writeFileSync(lockFileOf(dataDir), content.replace(String(left.pid), String(other.pid)));
    const server = await start(dataDir);
    expect(server.adopted).toBe(false);
    await server.stop();
    expect(isAlive(other.pid ?? 0)).toBe(true);
  });

  test.each([
    ['names a dead process', (content: string) => content],
    ['is empty', () => ''],
    ['holds garbage', () => '\u0000\u0007 not a lock file\n\n-1'],
    ['was cut short', (content: string) => content.slice(0, 3)],
  ])('a lock file that %s does not keep the server from starting', async (_, damage) => {
    const dataDir = usedFolder();
    const left = await orphan(dataDir);
    const content = readFileSync(lockFileOf(dataDir), 'utf8');
    process.kill(left.pid, 'SIGKILL');
    await expect.poll(() => isAlive(left.pid)).toBe(false);
    writeFileSync(lockFileOf(dataDir), damage(content));
    expect(await start(dataDir)).toMatchObject({ adopted: false, firstStart: false, url: left.url });
  });

  test('a killed server is waited for while its children still work', async () => {
    const dataDir = usedFolder();
    const left = await orphan(dataDir);
    const busy = query(left.url, `do $$ begin for i in 1..100000000 loop end loop; end $$`).catch(() => {});
    await expect
      .poll(() =>
        query(left.url, `select from pg_stat_activity where state = 'active' and query like 'do %'`),
      )
      .toHaveLength(1);
    const [child] = await query(left.url, `select pid from pg_stat_activity where query like 'do %'`);
    process.kill(left.pid, 'SIGKILL');
    const childPid = Number(child?.pid);
    await start(dataDir);
    expect(isAlive(childPid)).toBe(false);
    await busy;
  });

  test('no promised row is missing after five kills of the app and five of the server under inserts', async () => {
    const kills = Array.from({ length: 10 }, (_, round) =>
      round % 2 ? ('server' as const) : ('app' as const),
    );
    const toll = await killUnderInserts(kills, () => {});
    expect(toll).toMatchObject({ rounds: 10, lost: 0 });
    expect(toll.acknowledged).toBeGreaterThan(100);
  }, 60_000);
});

describe('several at once', () => {
  test('a second app on the folder is refused with the reason, the first is not disturbed', async () => {
    const dataDir = usedFolder();
    const { url } = await startApp(dataDir).ready;
    await expect(start(dataDir)).rejects.toThrow(`Another Referral Desk uses the folder ${dataDir}`);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('of apps that start together on a new folder exactly one gets it', async () => {
    const dataDir = newFolder();
    const starts = await Promise.allSettled([1, 2, 3].map(() => startApp(dataDir).ready));
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of starts) {
      if (outcome.status === 'rejected')
        expect(outcome.reason.message).toMatch(/^Another Referral Desk uses/);
    }
  });

  test('an app and tools that start together on a new folder share one server', async () => {
    const dataDir = newFolder();
    const purposes = ['tool', 'app', 'tool'] as const;
    const servers = await Promise.all(purposes.map((purpose) => start(dataDir, purpose)));
    expect(new Set(servers.map(({ url, pid }) => `${url} ${pid}`)).size).toBe(1);
    expect(servers.filter(({ firstStart }) => firstStart)).toHaveLength(1);
  });

  test('a tool shares the server of a running app and leaves it to it', async () => {
    const dataDir = usedFolder();
    const app = await startApp(dataDir).ready;
    const tool = await start(dataDir, 'tool');
    expect(tool).toMatchObject({ adopted: true, url: app.url });
    await tool.stop();
    expect(await query(app.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a tool without an app has a server for its own duration', async () => {
    const dataDir = usedFolder();
    const tool = await start(dataDir, 'tool');
    expect(await query(tool.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await tool.stop();
    expect(isAlive(tool.pid)).toBe(false);
  });

  test('a server that a tool started is left to the app that came meanwhile', async () => {
    const dataDir = usedFolder();
    const tool = await start(dataDir, 'tool');
    const app = await startApp(dataDir).ready;
    expect(app).toMatchObject({ adopted: true, pid: tool.pid });
    await tool.stop();
    expect(await query(app.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a copy of a folder is refused while its server runs', async () => {
    const [dataDir, copy] = [usedFolder(), newFolder()];
    await start(dataDir);
    cpSync(dataDir, copy, { recursive: true });
    if (nobody) chownSync(dataOf(copy), nobody.uid, nobody.gid);
    await expect(start(copy)).rejects.toThrow(
      `was moved or copied from ${dataOf(dataDir)} while its PostgreSQL was running`,
    );
  });
});

describe('where it cannot run', () => {
  test('a machine without a build of PostgreSQL is told to set DATABASE_URL', async () => {
    const { arch } = process;
    Object.defineProperty(process, 'arch', { value: 's390x' });
    onTestFinished(() => {
      Object.defineProperty(process, 'arch', { value: arch });
    });
    await expect(start(usedFolder())).rejects.toThrow(
      /No embedded PostgreSQL is available for \w+ on s390x.*Set DATABASE_URL/,
    );
  });

  test('a database of another major version is refused with what to do', async () => {
    const dataDir = usedFolder();
    writeFileSync(join(dataOf(dataDir), 'PG_VERSION'), '17\n');
    await expect(start(dataDir)).rejects.toThrow(/created by PostgreSQL 17, but 18 is installed/);
  });

  test('a folder that may not be written to is named', async () => {
    const dataDir = newFolder(0o555);
    const app = startApp(dataDir, { user: nobody });
    await expect(app.ready).rejects.toThrow(`cannot use the folder ${dataDir}`);
  });

  test('settings that PostgreSQL does not take are shown in its own words', async () => {
    const dataDir = usedFolder();
    writeFileSync(join(dataOf(dataDir), 'postgresql.auto.conf'), 'no_such_setting = 1\n');
    await expect(start(dataDir)).rejects.toThrow(/did not start.*no_such_setting/s);
  });

  test('a lost password file is named rather than the database replaced', async () => {
    const dataDir = usedFolder();
    rmSync(join(dataDir, 'postgres', 'password'));
    await expect(start(dataDir)).rejects.toThrow(/password is missing/);
  });
});

test('a folder opens, once its database was moved to a server, for no app and no command', async () => {
  const dataDir = usedFolder();
  markMoved(dataDir);
  for (const purpose of ['app', 'tool'] as const)
    await expect(startEmbeddedServer({ dataDir, purpose, log })).rejects.toThrow('was moved to a server');
  rmSync(join(dataDir, 'postgres/moved'));
  const server = await startEmbeddedServer({ dataDir, purpose: 'app', log });
  await server.stop();
});

test('a backup of a server that is being written to is whole, and starts in a new folder', async () => {
  const dataDir = usedFolder();
  const server = await start(dataDir);
  await query(server.url, 'create table kept (n bigserial, filler text)');
  let writing = true;
  const add = "insert into kept (filler) select repeat('x', 500) from generate_series(1, 200)";
  const writer = (async () => {
    while (writing) await query(server.url, add);
  })();
  await expect
    .poll(async () => Number((await query(server.url, 'select count(*) as n from kept'))[0]?.n))
    .toBeGreaterThan(1_000);
  const before = Number((await query(server.url, 'select max(n) as n from kept'))[0]?.n);
  const backup = join(newFolder(), 'backup');
  await backUpCluster(dataDir, server.url, backup);
  const after = Number((await query(server.url, 'select max(n) as n from kept'))[0]?.n);
  writing = false;
  await writer;
  expect(statSync(backup).mode & 0o077).toBe(0);
  expect(await query(server.url, 'select slot_name from pg_replication_slots')).toEqual([]);
  await expect(backUpCluster(dataDir, server.url, backup)).rejects.toThrow('already exists');
  await expect(restoreCluster(dataDir, backup)).rejects.toThrow('already has a database');

  const other = newFolder();
  await restoreCluster(other, backup);
  const restored = await start(other);
  const [row] = await query(
    restored.url,
    'select max(n) as last, count(*) as n, count(distinct n) as distinct from kept',
  );
  // Everything that was committed when the backup began, and whole transactions only.
  expect(Number(row?.last)).toBeGreaterThanOrEqual(before);
  expect(Number(row?.last)).toBeLessThanOrEqual(after + 200);
  expect([Number(row?.n), Number(row?.distinct)]).toEqual([Number(row?.last), Number(row?.last)]);
});
