// The client side of Intercom's OAuth: the consent page, exchanging the code, and who consented.
import axios, { type AxiosRequestConfig, isAxiosError } from 'axios';
import { z } from 'zod';
import { type Region, region } from '../domain/region.ts';
import type { Grantor } from '../domain/workspace/installation.ts';
import { Failure } from '../failure.ts';
import { proxySettings } from '../outbound/outbound.ts';
import { apiVersion } from './call.ts';
import type { Hosts } from './hosts.ts';

/** A teammate is waiting at the browser, so a slow Intercom is reported rather than waited for. */
const patience = 8_000;

const maxAnswerBytes = 1024 * 1024;

const grant = z.object({ token: z.string().min(1) });

const identifier = z.union([z.string().min(1), z.number().transform(String)]);

// Teammate and app are nullable in Intercom's description of GET /me, and so are most of their fields.
const me = z
  .object({
    id: identifier,
    name: z.string().nullish(),
    email: z.string().nullish(),
    email_verified: z.boolean().nullish().catch(null),
    app: z
      .object({
        id_code: z.string().min(1),
        name: z.string().nullish(),
        region: z.string().nullish(),
        timezone: z.string().nullish(),
        identity_verification: z.boolean().nullish().catch(null),
      })
      .nullish(),
  })
  .nullable();

export type OAuth = ReturnType<typeof createOAuth>;

/**
 * Every call throws a Failure: `unauthorized` when Intercom refuses, `forbidden` when it refuses this server,
 * `bad-upstream` when it fails.
 */
export function createOAuth(deps: {
  hosts: Pick<Hosts, 'api' | 'consentPage'>;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  timeoutMs?: number;
}) {
  const timeoutMs = deps.timeoutMs ?? patience;
  const askMe = (token: string, region: Region) =>
    ask(timeoutMs, {
      method: 'GET',
      url: `${deps.hosts.api(region)}/me`,
      headers: { authorization: `Bearer ${token}`, 'intercom-version': apiVersion },
    });

  return {
    consentUrl(region: Region, state: string): string {
      const url = new URL(deps.hosts.consentPage(region));
      url.searchParams.set('client_id', deps.clientId);
      url.searchParams.set('state', state);
      url.searchParams.set('redirect_uri', deps.redirectUri);
      return url.href;
    },

    async exchangeCode(code: string): Promise<string> {
      const answer = await ask(timeoutMs, {
        method: 'POST',
        // The US host takes the codes of every region; whether the others do is not documented.
        url: `${deps.hosts.api('US')}/auth/eagle/token`,
        data: { code, client_id: deps.clientId, client_secret: deps.clientSecret },
      });
      return read(grant, answer).token;
    },

    /** Also `not-found`, when Intercom names no teammate or workspace for the token. */
    async identify(token: string, askedRegion: Region): Promise<Grantor> {
      const answer = await askMe(token, askedRegion);
      return grantorOf(read(me, answer), askedRegion);
    },

    async isRevoked(token: string, region: Region): Promise<boolean> {
      try {
        await askMe(token, region);
        return false;
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error;
        return isAxiosError(error.cause) && error.cause.response?.status === 401;
      }
    },
  };
}

function grantorOf(teammate: z.infer<typeof me>, askedRegion: Region): Grantor {
  if (!teammate?.app)
    throw new Failure('not-found', 'Intercom did not return the teammate or the workspace. Try again.');
  const { app } = teammate;
  return {
    workspaceId: app.id_code,
    workspaceName: app.name || app.id_code,
    region: region.catch(askedRegion).parse(app.region?.toUpperCase()),
    timeZone: app.timezone || 'UTC',
    teammate: {
      id: teammate.id,
      name: teammate.name || teammate.email || 'a teammate',
      email: teammate.email ?? '',
    },
    emailVerified: teammate.email_verified === true,
    identityVerification: app.identity_verification === true,
  };
}

async function ask(timeoutMs: number, request: AxiosRequestConfig): Promise<unknown> {
  try {
    const answer = await axios.request<unknown>({
      ...request,
      ...proxySettings(request.url ?? ''),
      headers: { accept: 'application/json', ...request.headers },
      // axios's own timeout restarts with every byte; this one limits the whole call.
      signal: AbortSignal.timeout(timeoutMs),
      // Never follow a redirect with the client secret.
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
    });
    return answer.data;
  } catch (cause) {
    const status = isAxiosError(cause) ? (cause.response?.status ?? 0) : 0;
    // Never Intercom's word on a code or token: it has refused the address that the call came from.
    if (status === 403) throw new Failure('forbidden', addressRefused, { cause });
    const refused = status >= 400 && status < 500 && status !== 408 && status !== 429;
    if (refused) throw new Failure('unauthorized', `Intercom refused with ${status}.`, { cause });
    throw new Failure('bad-upstream', "Intercom's answer was not as expected. Try again.", { cause });
  }
}

const addressRefused =
  'Intercom, or a gateway in front of it, refuses calls from this server with 403: see its IP allowlist.';

function read<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new Failure('bad-upstream', 'Intercom’s answer could not be read. Try again.', {
    cause: parsed.error,
  });
}
