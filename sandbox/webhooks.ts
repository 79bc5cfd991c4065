// Intercom's webhooks: signed notifications about every change, kept until they are delivered or given up.

/**
 * Tells the app about a change. `item` is the object as the REST API shows it; its times become the ISO strings
 * that Intercom's notifications have.
 */
export type Emit = (topic: string, item: Record<string, unknown>) => void;
