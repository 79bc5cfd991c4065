// Which OAuth client an id is: registered here, or described by the document at its address.
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { Context } from '../../context.ts';
import {
  type AssistantClient,
  clientDocument,
  type clientMetadata,
  clientName,
  isDocumentUrl,
} from '../../domain/assistants/client.ts';
import { hourMs } from '../../domain/time-units.ts';
import { Failure } from '../../failure.ts';
import {
  countUnusedClients,
  deleteUnusedClients,
  findClient,
  saveClient,
} from '../../store/assistants/clients.ts';

/** A document is fetched again when it is older. */
const documentFreshMs = hourMs;
/** Of those without a connection: more come from a flood. */
const maxUnused = 2_000;
/** Who registers is connected within minutes: in a flood, those that were not make room. */
const unusedInFloodMs = hourMs;

/** Throws `rate-limited` while there are too many unused ones. */
export async function registerClient(
  ctx: Context,
  { client_name, redirect_uris }: z.infer<typeof clientMetadata>,
): Promise<AssistantClient> {
  const { db } = ctx.database;
  const at = ctx.now();
  if ((await countUnusedClients(db)) >= maxUnused) {
    await deleteUnusedClients(db, new Date(at.getTime() - unusedInFloodMs));
    if ((await countUnusedClients(db)) >= maxUnused)
      throw new Failure('rate-limited', 'Too many registered clients are unused. Try again later.');
  }
  const client: AssistantClient = {
    id: `rdc_${randomBytes(18).toString('base64url')}`,
    name: clientName(client_name),
    documentHost: null,
    redirectUris: redirect_uris,
  };
  await saveClient(db, client, at);
  return client;
}

/** Null when unknown, or when its document cannot be read. */
export async function readClient(ctx: Context, id: string): Promise<AssistantClient | null> {
  const known = await findClient(ctx.database.db, id);
  if (!isDocumentUrl(id)) return known && { ...known, documentHost: null };
  const host = new URL(id).host;
  const isFresh = known !== null && ctx.now().getTime() - known.readAt.getTime() < documentFreshMs;
  if (isFresh) return { ...known, documentHost: host };
  const read = clientDocument.safeParse(await ctx.readClientDocument(id));
  // A document that names another client is that client's.
  if (!read.success || read.data.client_id !== id) return null;
  const { client_name, redirect_uris: redirectUris } = read.data;
  const client = { id, name: clientName(client_name), documentHost: host, redirectUris };
  await saveClient(ctx.database.db, client, ctx.now());
  return client;
}
