// What is still open in a campaign.
import { countOpen } from '../../store/campaigns/campaign-counts.ts';
import { query } from '../query.ts';

export const countOpenInCampaign = query(countOpen);
