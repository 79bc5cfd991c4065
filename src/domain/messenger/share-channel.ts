// The channels on which a referrer shares their link from the Messenger.

export const shareChannels = ['email', 'whatsapp', 'x', 'linkedin'] as const;
export type ShareChannel = (typeof shareChannels)[number];

export const shareChannelNames: Record<ShareChannel, string> = {
  email: 'Email',
  whatsapp: 'WhatsApp',
  x: 'X',
  linkedin: 'LinkedIn',
};
