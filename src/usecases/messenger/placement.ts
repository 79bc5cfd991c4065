// What a teammate chose for a card: sealed into its address, so that nothing of it can be read or changed.
import { z } from 'zod';
import {
  decodePress,
  encodePress,
  isOwnScreen,
  type OwnScreenPress,
} from '../../../canvas/messenger/action.ts';
import type { Context } from '../../context.ts';
import { Failure } from '../../failure.ts';

export type Placement = {
  /** Null: all that the person is in. */
  campaignId: string | null;
  headline: string | null;
  text: string | null;
};

export const everyCampaign: Placement = { campaignId: null, headline: null, text: null };

const stored = z.object({ c: z.string().nullable(), h: z.string().nullable(), t: z.string().nullable() });

/** Opaque, and of this workspace alone. */
export function sealPlacement(
  ctx: Context,
  workspaceId: string,
  { campaignId, headline, text }: Placement,
): string {
  return ctx.secrets.seal(workspaceId, JSON.stringify({ c: campaignId, h: headline, t: text }));
}

/**
 * What cannot be opened is taken for a card of every campaign: it may be sealed with an APP_SECRET that is gone. It
 * permits nothing: what is shown depends on the person alone.
 */
export function openPlacement(ctx: Context, workspaceId: string, reference: string | null): Placement {
  if (reference === null || reference.length > 4_096) return everyCampaign;
  try {
    const { c, h, t } = stored.parse(JSON.parse(ctx.secrets.open(workspaceId, reference)));
    return { campaignId: c, headline: h, text: t };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return everyCampaign;
  }
}

/** `screen` is the press that leads to it; without one the card opens as it does for everyone. */
export function contentUrl(
  { config }: Pick<Context, 'config'>,
  reference: string,
  screen: OwnScreenPress | null = null,
): string {
  const named = screen === null ? '' : `&screen=${encodeURIComponent(encodePress(screen))}`;
  return `${config.publicUrl}/intercom/messenger/content?card=${reference}${named}`;
}

/** Of an address that `contentUrl` made; null for another. */
export function referenceIn(url: string | null): string | null {
  return parameterOf(url, 'card');
}

/** The screen that such an address names. Who looks is checked again, as with a press. */
export function screenIn(url: string | null): OwnScreenPress | null {
  const named = parameterOf(url, 'screen');
  const press = named === null ? null : decodePress(named);
  return press !== null && isOwnScreen(press) ? press : null;
}

function parameterOf(url: string | null, name: string): string | null {
  const parsed = url === null ? null : URL.parse(url, 'http://localhost');
  return parsed?.searchParams.get(name) || null;
}
