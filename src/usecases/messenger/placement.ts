// What a teammate chose for a card: sealed into its address, so that nothing of it can be read or changed.
import { z } from 'zod';
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

export function contentUrl({ config }: Pick<Context, 'config'>, reference: string): string {
  return `${config.publicUrl}/intercom/messenger/content?card=${reference}`;
}

/** Of an address that `contentUrl` made; null for another. */
export function referenceIn(url: string | null): string | null {
  const parsed = url === null ? null : URL.parse(url, 'http://localhost');
  return parsed?.searchParams.get('card') || null;
}
