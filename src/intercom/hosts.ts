// Intercom's addresses by region: its API, its consent page, and the pages of its app that we link to.
import { type Region, region } from '../domain/region.ts';

export type Hosts = ReturnType<typeof createHosts>;

// https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/setting-up-oauth
const api: Record<Region, string> = {
  US: 'https://api.intercom.io',
  EU: 'https://api.eu.intercom.io',
  AU: 'https://api.au.intercom.io',
};
const app: Record<Region, string> = {
  US: 'https://app.intercom.com',
  EU: 'https://app.eu.intercom.com',
  AU: 'https://app.au.intercom.com',
};

const scriptHost = 'https://js.intercomcdn.com';

/** The region of the API at this address; null for another address. */
export const regionOfApi = (origin: string): Region | null =>
  region.options.find((name) => api[name] === origin) ?? null;

/** An override applies to all regions; the app's pages are on the same host as its consent page. */
export function createHosts(overrides: { apiUrl: string | null; oauthUrl: string | null }) {
  const appOf = (region: Region) =>
    overrides.oauthUrl === null ? app[region] : new URL(overrides.oauthUrl).origin;
  const workspacePage = (region: Region, workspaceId: string) =>
    `${appOf(region)}/a/apps/${encodeURIComponent(workspaceId)}`;
  return {
    /** Without a trailing slash. */
    api: (region: Region) => overrides.apiUrl ?? api[region],
    consentPage: (region: Region) => overrides.oauthUrl ?? `${app[region]}/oauth`,
    inbox: (region: Region, workspaceId: string) => `${workspacePage(region, workspaceId)}/inbox`,
    contact: (region: Region, workspaceId: string, contactId: string) =>
      `${workspacePage(region, workspaceId)}/users/${encodeURIComponent(contactId)}/all-conversations`,
    /** What a sheet in the Messenger loads: https://developers.intercom.com/docs/canvas-kit, "Sheets". */
    sheetLibrary: () =>
      `${overrides.apiUrl === null ? scriptHost : `${overrides.apiUrl}/messenger`}/messenger-sheet-library.latest.js`,
    /** Where Intercom serves scripts for pages inside the Messenger. */
    scriptHost,
    /**
     * Where the App Store waits for the result of an installation that it started, for all regions:
     * https://developers.intercom.com/docs/build-an-integration/learn-more/authentication/installing-uninstalling-apps
     */
    appStore: () => `${appOf('US')}/appstore/redirect`,
  };
}
