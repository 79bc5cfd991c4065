// An AI assistant's side of MCP, by the official client: registers, asks a teammate, keeps its tokens in memory.
import {
  Client,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';

export class AssistantProvider implements OAuthClientProvider {
  readonly redirectUrl: string;
  readonly clientMetadata: OAuthClientMetadata;
  readonly clientMetadataUrl?: string;
  /** Where the teammate has to be sent; null until then. */
  authorizationUrl: URL | null = null;
  known: StoredOAuthClientInformation | undefined;
  stored: StoredOAuthTokens | undefined;
  verifier = '';
  discovered: OAuthDiscoveryState | undefined;

  constructor(name: string, redirectUrl: string, clientMetadataUrl?: string) {
    this.redirectUrl = redirectUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl;
  }

  clientInformation() {
    return this.known;
  }
  saveClientInformation(information: StoredOAuthClientInformation) {
    this.known = information;
  }
  tokens() {
    return this.stored;
  }
  saveTokens(tokens: StoredOAuthTokens) {
    this.stored = tokens;
  }
  redirectToAuthorization(url: URL) {
    this.authorizationUrl = url;
  }
  saveCodeVerifier(verifier: string) {
    this.verifier = verifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  saveDiscoveryState(state: OAuthDiscoveryState) {
    this.discovered = state;
  }
  discoveryState() {
    return this.discovered;
  }
}

/** `auto` speaks the newest revision that the server knows; `legacy` is a client from before it. */
export type Era = 'auto' | 'legacy';

/** Rejects with UnauthorizedError when a teammate has to be asked: then the provider has the address. */
export async function connectAssistant(
  serverUrl: string,
  provider: AssistantProvider | { token: () => Promise<string> },
  era: Era = 'auto',
): Promise<Client> {
  const client = new Client(
    { name: 'sandbox-assistant', version: '1.0.0' },
    { versionNegotiation: { mode: era } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: provider }));
  return client;
}

/** The address to send the teammate to, or null when the assistant is connected already. */
export async function askForAccess(serverUrl: string, provider: AssistantProvider): Promise<URL | null> {
  try {
    await (await connectAssistant(serverUrl, provider)).close();
    return null;
  } catch (error) {
    if (error instanceof UnauthorizedError) return provider.authorizationUrl;
    throw error;
  }
}

/** With what came back in the address of the callback. */
export async function finishAsking(
  serverUrl: string,
  provider: AssistantProvider,
  callback: URLSearchParams,
): Promise<void> {
  const transport = new StreamableHTTPClientTransport(new URL(serverUrl), { authProvider: provider });
  await transport.finishAuth(callback);
}
