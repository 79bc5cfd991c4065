// What a company sets for the Messenger: its words for each campaign and language, and the secret of its user tokens.
import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import type { Language } from '../../domain/languages/language.ts';
import { languageNames } from '../../domain/languages/language.ts';
import { type IdentityRung, identityRung } from '../../domain/messenger/identity-rung.ts';
import { noWording, type Wording } from '../../domain/messenger/wording.ts';
import { dayMs } from '../../domain/time-units.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import type { WorkspaceSettings } from '../../domain/workspace/settings.ts';
import {
  findMessengerSecret,
  hasMessengerSecret,
  removeMessengerSecret,
  saveMessengerSecret,
  saveWording,
  sharesByChannel,
  wordingsOf,
} from '../../store/messenger/messenger-settings.ts';
import { lockCampaign } from '../../store/program/campaigns.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { lockSettings, readSettings } from '../../store/workspace/settings.ts';
import { found, refuseField } from '../found.ts';
import { query } from '../query.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { changeSettings } from '../workspace/settings.ts';

export const isMessengerSecretSet = query(hasMessengerSecret);

/** HS256 is as strong as its secret, which can be guessed offline from one token. */
export const shortestSecret = 32;

export const newMessengerSecret = () => randomBytes(32).toString('base64url');

export function chooseMessengerSecret(
  ctx: Context,
  workspaceId: string,
  secret: string,
  actor: Actor,
): Promise<void> {
  if (Buffer.byteLength(secret) < shortestSecret)
    return refuseField('secret', `must have at least ${shortestSecret} characters`);
  return ctx.database.transaction(async (tx) => {
    if ((await findMessengerSecret(tx, ctx.secrets, workspaceId)) === secret) return;
    await saveMessengerSecret(tx, ctx.secrets, workspaceId, { secret, at: ctx.now() });
    await recordAudit(ctx, tx, workspaceId, actor, 'messenger.set_secret', null, {});
  });
}

/** While the workspace demands tokens, no one could be proven any more. */
export function dropMessengerSecret(ctx: Context, workspaceId: string, actor: Actor): Promise<void> {
  return ctx.database.transaction(async (tx) => {
    const { messenger } = await lockSettings(tx, workspaceId, ctx.now());
    if (messenger.require_user_token)
      refuseField('secret', 'is required while a token of your own page is required');
    if (!(await removeMessengerSecret(tx, workspaceId))) return;
    await recordAudit(ctx, tx, workspaceId, actor, 'messenger.remove_secret', null, {});
  });
}

export async function readWording(
  ctx: Context,
  workspaceId: string,
  { campaignId, language }: { campaignId: string; language: Language },
): Promise<{ words: Wording; worded: Language[] }> {
  const all = await wordingsOf(ctx.database.db, workspaceId, campaignId);
  const worded = all.filter(({ words }) => Object.values(words).some((each) => each !== null));
  return {
    words: all.find((each) => each.language === language)?.words ?? noWording,
    worded: worded.map((each) => each.language),
  };
}

export function changeWording(
  ctx: Context,
  workspaceId: string,
  wanted: { campaignId: string; language: Language; words: Wording },
  actor: Actor,
): Promise<void> {
  const { campaignId, language, words } = wanted;
  return ctx.database.transaction(async (tx) => {
    const campaign = found(await lockCampaign(tx, workspaceId, campaignId), 'campaign');
    const before = (await wordingsOf(tx, workspaceId, campaignId)).find((each) => each.language === language);
    if (JSON.stringify(before?.words ?? noWording) === JSON.stringify(words)) return;
    await saveWording(tx, workspaceId, wanted);
    const details = { name: campaign.name, language: languageNames[language], words };
    await recordAudit(
      ctx,
      tx,
      workspaceId,
      actor,
      'messenger.change_wording',
      { type: 'campaign', id: campaignId },
      details,
    );
  });
}

/** Of the last thirty days. */
export function readShares(
  ctx: Context,
  workspaceId: string,
  timeZone: string,
): Promise<Map<string, number>> {
  const since = dayOf(new Date(ctx.now().getTime() - 29 * dayMs), timeZone);
  return sharesByChannel(ctx.database.db, workspaceId, since);
}

export type MessengerSetup = {
  rung: IdentityRung;
  settings: WorkspaceSettings['messenger'];
  hasSecret: boolean;
};

export async function readMessengerSetup(ctx: Context, workspaceId: string): Promise<MessengerSetup> {
  const { db } = ctx.database;
  const [installation, { messenger }, hasSecret] = await Promise.all([
    findInstallation(db, workspaceId),
    readSettings(db, workspaceId),
    hasMessengerSecret(db, workspaceId),
  ]);
  const rung = identityRung({
    identityVerification: installation?.identityVerification === true,
    requireUserToken: messenger.require_user_token,
    hasSecret,
  });
  return { rung, settings: messenger, hasSecret };
}

/** Without a secret no token can be checked, so none is asked for. */
export async function changeMessengerSettings(
  ctx: Context,
  workspaceId: string,
  messenger: WorkspaceSettings['messenger'],
  actor: Actor,
): Promise<void> {
  if (messenger.require_user_token && !(await hasMessengerSecret(ctx.database.db, workspaceId)))
    refuseField('require_user_token', 'needs a secret: create one below');
  await changeSettings(ctx, workspaceId, { messenger }, actor);
}
