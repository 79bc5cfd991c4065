// Gives the app access to a workspace as an installation leaves it, for what needs no browser, no consent and no Intercom.
import { createSecrets } from '../src/secrets.ts';
import { openDatabase } from '../src/store/database.ts';
import { installations } from '../src/store/schema.ts';

type Grant = {
  databaseUrl: string;
  appSecret: string;
  workspaceId: string;
  /** The access token that Intercom is called with. */
  token: string;
};

export async function grantAccess({ databaseUrl, appSecret, workspaceId, token }: Grant): Promise<void> {
  const database = openDatabase(databaseUrl, { warn() {} });
  const at = new Date();
  try {
    await database.db.insert(installations).values({
      workspaceId,
      name: workspaceId,
      region: 'US',
      timeZone: 'Europe/Dublin',
      sealedToken: createSecrets([appSecret]).seal(workspaceId, token),
      status: 'active',
      installedBy: { id: '5017690', name: 'Aoife Brennan', email: 'aoife@northwind.example' },
      installedAt: at,
      statusAt: at,
    });
  } finally {
    await database.close();
  }
}
