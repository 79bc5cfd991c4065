// Sharing a link: the channels, and our own address before each of them, which counts.
import type { Context } from '../../context.ts';
import { dayOf } from '../../domain/day.ts';
import type { Language } from '../../domain/languages/language.ts';
import { translate } from '../../domain/languages/translate.ts';
import { type ShareChannel, shareChannels } from '../../domain/messenger/share-channel.ts';
import { foldCode } from '../../domain/program/share-link.ts';
import { countShare } from '../../store/messenger/messenger-settings.ts';
import { findShared } from '../../store/messenger/shared-links.ts';
import { shareLinkOf } from '../program/share-links.ts';

export function shareUrl(
  { config }: Pick<Context, 'config'>,
  channel: ShareChannel,
  code: string,
  language: Language,
): string {
  return `${config.publicUrl}/share/${channel}/${code}?lang=${language}`;
}

/**
 * Where a channel takes a message with the link; null for an unknown code or channel. Only the code is taken from the
 * address, so that it leads nowhere else. `counts`: a person opened it.
 */
export async function followShare(
  ctx: Context,
  { channel: given, code: text, language }: { channel: string; code: string; language: Language },
  counts: boolean,
): Promise<string | null> {
  const channel = shareChannels.find((known) => known === given);
  const code = foldCode(text);
  const { db } = ctx.database;
  const shared = channel === undefined || code === null ? null : await findShared(db, code, language);
  if (channel === undefined || shared === null) return null;
  if (counts) await countShare(db, shared, { channel, day: dayOf(ctx.now(), shared.timeZone) });
  const message = shared.words ?? translate(language, 'messenger.share.text');
  const subject = translate(language, 'messenger.share.subject');
  return targets[channel]({ link: shareLinkOf(ctx, shared), message, subject });
}

type Shared = { link: string; message: string; subject: string };

const query = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');

const targets: Record<ShareChannel, (shared: Shared) => string> = {
  email: ({ link, message, subject }) => `mailto:?${query({ subject, body: `${message}\n\n${link}` })}`,
  whatsapp: ({ link, message }) => `https://wa.me/?${query({ text: `${message} ${link}` })}`,
  x: ({ link, message }) => `https://x.com/intent/post?${query({ text: message, url: link })}`,
  linkedin: ({ link }) => `https://www.linkedin.com/sharing/share-offsite/?${query({ url: link })}`,
};
