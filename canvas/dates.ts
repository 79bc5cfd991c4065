// Dates as Intercom's guidelines want them: absolute, since a card left open would make "yesterday" a lie.
// https://developers.intercom.com/docs/canvas-kit/canvas-kit-inbox-best-practices

type Formats = { day: Intl.DateTimeFormat; time: Intl.DateTimeFormat };

// Making a format costs a hundred times its use.
const byZone = new Map<string, Formats>();

/** "Nov 22, 2026" in an IANA time zone; UTC when there is no such zone. */
export function day(date: Date, timeZone: string): string {
  return isDate(date) ? formats(timeZone).day.format(date) : 'unknown date';
}

/** "Nov 22, 2026 at 1:05PM GMT". The payload has no time zone of the teammate, so the one used is named. */
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
