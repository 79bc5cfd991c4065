// Reads rewards.
import { type Reward, rewardPage } from '../../store/rewards/rewards.ts';
import { query } from '../query.ts';

export type { Reward };

export const listRewards = query(rewardPage);
