// A date as people read it, in a workspace's own time zone.

const formats = new Map<string, Intl.DateTimeFormat>();

/** `Nov 22, 2026`; in UTC when the zone is none that is known. */
export function day(at: Date, timeZone: string): string {
  let format = formats.get(timeZone);
  if (!format) {
    format = formatFor(timeZone);
    formats.set(timeZone, format);
  }
  return format.format(at);
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const parts = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...parts, timeZone });
  } catch {
    return new Intl.DateTimeFormat('en-US', { ...parts, timeZone: 'UTC' });
  }
}
