// The only table of tools: exactly these are served and described, each to those who may use it.
import type { AssistantCaller } from './caller.ts';
import {
  disqualifyReferral,
  previewDisqualify,
  previewQualify,
  previewRetry,
  qualifyReferral,
  retryRunTool,
} from './change-tools.ts';
import { explainQualification, getContactReferral, getRewardStatus } from './contact-tools.ts';
import { convertLead, previewConversionTool } from './conversion-tools.ts';
import { getSetupHealth, listFailedRuns } from './operation-tools.ts';
import { fetchRecord, getReferral, listCampaignsTool, listReferrals, search } from './program-tools.ts';
import type { Tool } from './tool.ts';

export const tools: readonly Tool[] = [
  search,
  fetchRecord,
  getContactReferral,
  listReferrals,
  getReferral,
  explainQualification,
  listCampaignsTool,
  getRewardStatus,
  listFailedRuns,
  previewConversionTool,
  getSetupHealth,
  previewQualify,
  qualifyReferral,
  previewDisqualify,
  disqualifyReferral,
  convertLead,
  previewRetry,
  retryRunTool,
];

/** All that this caller sees, and can call. */
export function toolsFor({ readsOnly, teammate }: Pick<AssistantCaller, 'readsOnly' | 'teammate'>): Tool[] {
  return tools.filter(
    ({ access, needsTeammate }) =>
      access === 'read' || (readsOnly === null && (teammate !== null || !needsTeammate)),
  );
}

/** It would be there, had the teammate let the assistant change something. */
export function lacksConsent({ readsOnly }: Pick<AssistantCaller, 'readsOnly'>, name: string): boolean {
  return readsOnly === 'not-granted' && tools.some((tool) => tool.name === name && tool.access !== 'read');
}
