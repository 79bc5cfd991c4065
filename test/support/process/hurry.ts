// A search that lags as Intercom's does, and an app that knows it, where no one can wait minutes for either.
import type { SettingsChange } from '../../../sandbox/settings.ts';

const times = 100;

/** The sandbox: its searches are two minutes behind, in a hundredth of the time. */
export const hurriedIntercom: SettingsChange = { time_scale: times };

/** The app's own processes: they count on five minutes at most, in a hundredth of the time. */
export const hurriedSearchLagMs = (5 * 60_000) / times;
