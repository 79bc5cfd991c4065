// A one-line progress report for an import: a bar, a rate, the time left, and what is blocking it.
import type { ImportView } from '../../usecases/imports/contact-imports.ts';

const width = 24;

/** For example `[######------------------]  25 %  25030 of 100000, 163 a second, 7 min 40 s left, 20 failed`. */
export function progressLine(contactImport: ImportView): string {
  const { rows, settled, counts, pace, state, error } = contactImport;
  const share = rows === 0 ? 1 : settled / rows;
  const done = Math.floor(share * width);
  const bar = `[${'#'.repeat(done)}${'-'.repeat(width - done)}] ${String(Math.floor(share * 100)).padStart(3)} %`;
  const failed = (counts.failed ?? 0) + (counts.invalid ?? 0);
  const parts = [
    `${settled} of ${rows}`,
    ...(pace ? [`${Math.round(pace.perSecond)} a second`, `${duration(pace.secondsLeft)} left`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(state === 'running' ? [] : [state]),
    ...(contactImport.pausedFor === null ? [] : [`waiting: ${error ?? contactImport.pausedFor}`]),
  ];
  return `${bar}  ${parts.join(', ')}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
