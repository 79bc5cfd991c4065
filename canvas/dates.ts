// Dates as Intercom's guidelines require: absolute, because "yesterday" would be wrong on a card that stays open.
// https://developers.intercom.com/docs/canvas-kit/canvas-kit-inbox-best-practices

type Formats = { day: Intl.DateTimeFormat; time: Intl.DateTimeFormat };

// Creating a formatter costs a hundred times as much as using it.
const byZone = new Map<string, Formats>();

/** "Nov 22, 2026" in an IANA time zone; UTC when the zone is unknown. */
export function day(date: Date, timeZone: string): string {
  return isDate(date) ? formats(timeZone).day.format(date) : 'unknown date';
}

/** "Nov 22, 2026 at 1:05PM GMT". The payload does not include the teammate's time zone, so the text names the zone. */
export function moment(date: Date, timeZone: string): string {
  if (!isDate(date)) return 'unknown date';
  const { day, time } = formats(timeZone);
  return `${day.format(date)} at ${time.format(date).replace(/\s(?=[AP]M)/, '')}`;
}

const isDate = (date: Date) => !Number.isNaN(date.getTime());

function formats(timeZone: string): Formats {
  const known = byZone.get(timeZone);
  if (known !== undefined) return known;
  const made = makeFormats(timeZone) ?? formats('UTC');
  byZone.set(timeZone, made);
  return made;
}

function makeFormats(timeZone: string): Formats | null {
  try {
    return {
      day: new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone }),
      time: new Intl.DateTimeFormat('en-US', {
        hour: 'numeric',
        minute: '2-digit',
        timeZoneName: 'short',
        timeZone,
      }),
    };
  } catch {
    return null;
  }
}
