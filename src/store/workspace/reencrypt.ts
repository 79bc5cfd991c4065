// All that is sealed with APP_SECRET, and sealed again with the current one: at the start, and by `npm run keys`.
import type { Secrets } from '../../secrets.ts';
import { reencryptChannels } from '../alerts/alerts.ts';
import type { Queryable } from '../database.ts';
import { reencryptConnections } from '../platforms/connections.ts';
import { reencryptRewardWebhooks } from '../rewards/reward-webhooks.ts';
import { type Reencryption, reencryptTokens } from './installations.ts';
import { reencryptUserTokenSecrets } from './user-token-secrets.ts';

type SealedKind = {
  /** To begin a sentence. */
  name: string;
  reencrypt: (db: Queryable, secrets: Secrets) => Promise<Reencryption>;
  /** What else helps when no APP_SECRET opens them. */
  orElse: string;
};

const sealedKinds: readonly SealedKind[] = [
  { name: 'Intercom access tokens', reencrypt: reencryptTokens, orElse: 'install there again' },
  {
    name: 'Connections to referral platforms',
    reencrypt: reencryptConnections,
    orElse: 'connect them again',
  },
  { name: 'Alert channels', reencrypt: reencryptChannels, orElse: 'add them again' },
  { name: 'Secrets for user tokens', reencrypt: reencryptUserTokenSecrets, orElse: 'create them again' },
  { name: 'Reward webhooks', reencrypt: reencryptRewardWebhooks, orElse: 'set them again' },
];

export type ReencryptedKind = Reencryption & Pick<SealedKind, 'name' | 'orElse'>;

/** Rejects only when the database fails: what no secret opens stays as it is. */
export async function reencryptAll(db: Queryable, secrets: Secrets): Promise<ReencryptedKind[]> {
  const done: ReencryptedKind[] = [];
  for (const { name, orElse, reencrypt } of sealedKinds)
    done.push({ name, orElse, ...(await reencrypt(db, secrets)) });
  return done;
}
