// What a company sets for the Messenger: its words for each campaign and language.
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import type { Language } from '../../domain/languages/language.ts';
import { languageNames } from '../../domain/languages/language.ts';
import { type IdentityRung, identityRung } from '../../domain/messenger/identity-rung.ts';
import { noWording, type Wording } from '../../domain/messenger/wording.ts';
import { dayMs } from '../../domain/time-units.ts';
import type { Actor } from '../../domain/workspace/audit.ts';
import type { WorkspaceSettings } from '../../domain/workspace/settings.ts';
import { saveWording, sharesByChannel, wordingsOf } from '../../store/messenger/messenger-settings.ts';
import { lockCampaign } from '../../store/program/campaigns.ts';
import { findInstallation } from '../../store/workspace/installations.ts';
import { readSettings } from '../../store/workspace/settings.ts';
import { found } from '../found.ts';
import { recordAudit } from '../workspace/record-audit.ts';
import { readUserTokenSecrets } from '../workspace/user-tokens.ts';

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
};

export async function readMessengerSetup(ctx: Context, workspaceId: string): Promise<MessengerSetup> {
  const { db } = ctx.database;
  const [installation, { messenger }, secrets] = await Promise.all([
    findInstallation(db, workspaceId),
    readSettings(db, workspaceId),
    readUserTokenSecrets(ctx, workspaceId),
  ]);
  const rung = identityRung({
    identityVerification: installation?.identityVerification === true,
    requireUserToken: messenger.require_user_token,
    hasSecret: secrets.length > 0,
  });
  return { rung, settings: messenger };
}
