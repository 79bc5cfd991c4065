// The teammate who gave the app access to a workspace.
import type { Region } from '../region.ts';
import type { Identity } from './teammate.ts';

export type Grantor = {
  workspaceId: string;
  workspaceName: string;
  region: Region;
  timeZone: string;
  teammate: Identity;
  /** Verified by Intercom. */
  emailVerified: boolean;
  /** Whether Intercom checks who its end users are: `app.identity_verification` of GET /me. */
  identityVerification: boolean;
};
