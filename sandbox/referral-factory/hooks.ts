// The hooks that Referral Factory sends: unsigned, once, and forgotten when they fail.
import type { World } from '../world.ts';
import type { RfEvent, RfUser } from './records.ts';

export type RfHooks = {
  send(event: RfEvent, user: RfUser): void;
  close(): Promise<void>;
};

const patienceMs = 5_000;

export function createReferralHooks(world: World): RfHooks {
  const { hooks, users } = world.referralFactory;
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function post(id: string, body: string): Promise<void> {
    const hook = hooks.get(id);
    if (!hook) return;
    const status = await fetch(hook.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...hook.headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(patienceMs)]),
    }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.status;
      },
      () => null,
    );
    const now = hooks.get(id);
    if (now && !closing.signal.aborted) hooks.put({ ...now, sent: now.sent + 1, last_status: status });
  }

  return {
    send(event, user) {
      const referrer = user.referrer_id === null ? undefined : users.get(user.referrer_id);
      const body = JSON.stringify({
        event,
        ...shown(user),
        referrer: referrer ? shown(referrer) : null,
      });
      for (const hook of hooks.all()) {
        if (hook.event !== event || hook.campaign_id !== user.campaign_id) continue;
        const sent = post(hook.id, body).finally(() => underWay.delete(sent));
        underWay.add(sent);
      }
    },
    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}

function shown(user: RfUser) {
  const { id, campaign_id, first_name, email, code, url, source } = user;
  return { id: Number(id), campaign_id: Number(campaign_id), first_name, email, code, url, source };
}
