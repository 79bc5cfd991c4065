// What is kept of an installation, also when APP_SECRET changes under it.
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecrets } from '../../src/secrets.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  findAccessToken,
  findInstallation,
  listWorkspaceIds,
  reencryptTokens,
  saveInstallation,
} from '../../src/store/workspace/installations.ts';
import { claimToken } from '../../src/store/workspace/tokens.ts';
import { freshDatabase } from '../support/database/clone.ts';

const older = 'the secret of last year which is long enough';
const newer = 'the secret of this year which is long enough';
const noon = new Date('2026-11-01T12:00:00Z');
const later = (minutes: number) => new Date(noon.getTime() + minutes * 60_000);

let fresh: Awaited<ReturnType<typeof freshDatabase>>;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { warn() {} });
});
beforeEach(() => database.pool.query('truncate installations cascade'));
afterAll(async () => {
  await database?.close();
  await fresh?.drop();
});

function storeWith(...appSecrets: [string, ...string[]]) {
  const { db } = database;
  const secrets = createSecrets(appSecrets);
  return {
    save: (given: ReturnType<typeof grant>) => saveInstallation(db, secrets, given),
    tokenOf: (workspaceId: string) => findAccessToken(db, secrets, workspaceId),
    reencrypt: () => reencryptTokens(db, secrets),
  };
}

function grant(workspaceId: string, token: string, at = noon) {
  const teammate = { id: '42', name: 'Priya', email: 'priya@example.com' };
  return {
    workspaceId,
    workspaceName: 'Northwind',
    region: 'EU' as const,
    identityVerification: false,
    timeZone: 'UTC',
    teammate,
    token,
    at,
  };
}

describe('An installation', () => {
  it('is not to be found where none was', async () => {
    const store = storeWith(newer);
    expect(await findInstallation(database.db, 'none')).toBeNull();
    expect(await store.tokenOf('none')).toBeNull();
    expect(await listWorkspaceIds(database.db)).toEqual([]);
  });
});

describe('A token that was moved', () => {
  it('to another workspace’s row does not open', async () => {
    const store = storeWith(newer);
    await store.save(grant('one', 'token-1'));
    await store.save(grant('two', 'token-2'));
    await database.pool.query(
      `update installations set sealed_token = (select sealed_token from installations where workspace_id = 'one')`,
    );
    await expect(store.tokenOf('two')).rejects.toThrow(/another workspace/);
    expect(await store.tokenOf('one')).toBe('token-1');
  });
});

describe('A change of APP_SECRET', () => {
  it('is over once every token is sealed with the new one', async () => {
    await storeWith(older).save(grant('one', 'token-1'));
    const rotating = storeWith(newer, older);
    await rotating.save(grant('two', 'token-2'));
    expect(await rotating.reencrypt()).toMatchObject({ reencrypted: 1, unreadable: [] });
    expect(await rotating.reencrypt()).toMatchObject({ reencrypted: 0, unreadable: [] });
    expect(await storeWith(newer).tokenOf('one')).toBe('token-1');
    expect(await storeWith(newer).tokenOf('two')).toBe('token-2');
  });

  it('does not bring back an old token over one that is stored in the same moment', async () => {
    await storeWith(older).save(grant('one', 'old'));
    const reinstall = await database.pool.connect();
    await reinstall.query('begin');
    const sealed = createSecrets([newer]).seal('one', 'new');
    await reinstall.query('update installations set sealed_token = $1', [sealed]);
    const sealing = storeWith(newer, older).reencrypt();
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    const waits = async () => (await database.pool.query(waiting)).rowCount === 1;
    await vi.waitUntil(waits).finally(() => reinstall.query('commit'));
    reinstall.release();
    await sealing;
    expect(await storeWith(newer).tokenOf('one')).toBe('new');
  });

  it('names the workspaces with tokens that cannot be opened any more', async () => {
    await storeWith(older).save(grant('one', 'token-1'));
    expect(await storeWith(newer).reencrypt()).toMatchObject({ reencrypted: 0, unreadable: ['one'] });
    await expect(storeWith(newer).tokenOf('one')).rejects.toThrow(/APP_SECRET/);
  });
});

describe('The id of a single-use token', () => {
  const claim = (jti: string, at: Date) =>
    claimToken(database.db, {
      jti,
      purpose: 'install',
      at,
      expiresAt: new Date(at.getTime() + 600_000),
    });

  it('is claimed by one of many who try at once', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => claim('one', noon)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('is remembered for as long as the token could be used, and not forever', async () => {
    const count = async () => (await database.pool.query('select from used_tokens')).rowCount;
    await claim('short', later(30));
    await claim('other', later(60));
    expect(await claim('short', later(39))).toBe(false);
    await claim('much later', later(24 * 60));
    expect(await count()).toBe(1);
  });
});
