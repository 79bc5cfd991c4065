// How the sandbox calls the app on its own account: the raw bytes, signed the two ways in which Intercom signs them.
import { createHmac } from 'node:crypto';

/** The status that the app answered, or null when no answer came in time. */
export type Answered = number | null;

export type AppCalls = {
  /** Asks whether the webhook endpoint is there, as saving it in the Developer Hub does. */
  headWebhooks(): Promise<Answered>;
  /** A notification, under `X-Hub-Signature` (SHA-1). */
  postWebhook(body: string): Promise<Answered>;
  /** The notice that the workspace has removed the app, under `X-Body-Signature` (SHA-256). */
  postUninstall(workspaceId: string): Promise<Answered>;
  /** Gives up what is under way. */
  close(): void;
};

// A notification that is not answered within five seconds counts as not delivered:
// https://developers.intercom.com/docs/webhooks/webhook-notifications
const patienceMs = 5_000;

/** Calls the app at `appUrl()`; nothing here ever rejects, since an app that is down is an ordinary day. */
export function createAppCalls(deps: { appUrl: () => string; clientSecret: string }): AppCalls {
  const closing = new AbortController();

  const call = async (path: string, init: RequestInit): Promise<Answered> => {
    try {
      const answer = await fetch(`${deps.appUrl()}${path}`, {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(patienceMs)]),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return null;
    }
  };
  const post = (path: string, body: string, signature: Record<string, string>) =>
    call(path, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'intercom-parrot-service-client/1.0',
        ...signature,
      },
    });
  const digest = (algorithm: 'sha1' | 'sha256', body: string) =>
    createHmac(algorithm, deps.clientSecret).update(body).digest('hex');

  return {
    headWebhooks: () => call('/intercom/webhooks', { method: 'HEAD' }),
    postWebhook: (body) =>
      post('/intercom/webhooks', body, { 'X-Hub-Signature': `sha1=${digest('sha1', body)}` }),
    postUninstall(workspaceId) {
      const body = JSON.stringify({ app_id: workspaceId });
      return post('/intercom/uninstall', body, { 'X-Body-Signature': digest('sha256', body) });
    },
    close: () => closing.abort(),
  };
}
