// For how many days things are kept that nobody decided to keep.

export const keptDays = {
  /** Notifications as they came: how far dry runs can go back, and what can be replayed. */
  notifications: 90,
  /** That a notification was received: for so long a copy of it is known as one. */
  notificationIds: 400,
  /** Clicks one by one; later, how many there were. */
  clicks: 90,
  /** What a run that is done asked and was answered. */
  exchanges: 30,
  /** What differed once between both sides. */
  driftReports: 90,
} as const;
