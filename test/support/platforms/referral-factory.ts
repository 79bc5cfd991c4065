// The sandbox's Referral Factory for tests: its API, and how often each user's qualification was written.
import axios from 'axios';
import { z } from 'zod';
import type { RfUser } from '../../../sandbox/referral-factory/records.ts';
import { autumn } from '../../../sandbox/referral-factory/seed.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';

const answered = z.object({ data: z.object({ id: z.number() }) });

export function referralFactoryOf(sandbox: Sandbox) {
  const api = axios.create({
    baseURL: `${sandbox.url}/referral-factory/api/v2`,
    headers: { Authorization: 'Bearer sandbox-referral-token' },
  });
  const { users } = sandbox.world.referralFactory;
  return {
    api,
    /** Creates a lead of Autumn, referred by Astrid; returns the id there. */
    async newLead(
      email: string,
      more: { referrer?: { field: string; value: string } } = {},
    ): Promise<string> {
      const referrer = more.referrer ?? { field: 'id', value: autumn.referrer };
      const given = { campaign_id: autumn.campaign, first_name: email.split('@')[0], email, referrer };
      return String(answered.parse((await api.post('/users', given)).data).data.id);
    },
    qualify: (id: string, qualified: boolean) => api.put('/users/qualification', { id, qualified }),
    remove: (id: string) => api.delete(`/users/${id}`),
    user(id: string): RfUser {
      const found = users.get(id);
      if (!found) throw new Error(`Referral Factory has no user ${id}`);
      return found;
    },
    /** Makes changes that no API call can make. */
    set(id: string, more: Partial<RfUser>) {
      users.put({ ...this.user(id), ...more });
    },
  };
}
