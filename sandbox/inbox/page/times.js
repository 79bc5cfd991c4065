// @ts-check
// Times as the Inbox writes them. Everything comes as Unix seconds.

const dayFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const momentFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** @param {number} seconds */
export const day = (seconds) => dayFormat.format(seconds * 1000);

/** @param {number} seconds */
export const moment = (seconds) => momentFormat.format(seconds * 1000);

/**
 * How long ago, in one short word: now, 5m, 3h, 2d, 6w.
 * @param {number} seconds
 */
export function age(seconds) {
  const minutes = Math.floor((Date.now() / 1000 - seconds) / 60);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes}m`;
  if (minutes < 60 * 24) return `${Math.floor(minutes / 60)}h`;
  if (minutes < 60 * 24 * 14) return `${Math.floor(minutes / 60 / 24)}d`;
  return `${Math.floor(minutes / 60 / 24 / 7)}w`;
}
