// Times and numbers as people read them.

/** A running clock: 0:07, 4:10, 1:02:03. Negative times read 0:00. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const pad = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** A length of time in a sentence: 7 s, 4 min, 4 min 10 s, 1 h 2 min. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const minutes = Math.floor((s % 3600) / 60);
  return minutes === 0 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 3600)} h ${minutes} min`;
}

/** The length a clock says, for a screen reader: "4 minutes 10 seconds". */
export function spoken(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const of = (n: number, word: string) => (n === 0 ? '' : `${n} ${word}${n === 1 ? '' : 's'}`);
  const parts = [of(Math.floor(s / 3600), 'hour'), of(Math.floor(s / 60) % 60, 'minute'), of(s % 60, 'second')];
  return parts.filter(Boolean).join(' ') || '0 seconds';
}

/** When something was, seen from now: 14:05 today, Yesterday 14:05, 3 Nov 14:05, 3 Nov 2024. */
export function when(at: number, now: number, locale?: string): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time = then.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
  const days = Math.round((midnight(today) - midnight(then)) / 86_400_000);
  if (days === 0) return time;
  if (days === 1) return `Yesterday ${time}`;
  if (then.getFullYear() !== today.getFullYear()) {
    return then.toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' });
  }
  return `${then.toLocaleDateString(locale, { day: 'numeric', month: 'short' })} ${time}`;
}

function midnight(d: Date): number {
  return Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
}

/** Who calls: the name if there is one, else the number, else words for neither. */
export function caller(name: string | undefined, number: string | undefined): string {
  return name || number || 'Unknown caller';
}

/** Why something ended, in words. An unknown cause is shown as it is. */
export function causeWords(cause: string): string {
  const words: Record<string, string> = {
    normal: 'Ended normally',
    busy: 'Busy',
    declined: 'Declined',
    no_answer: 'No answer',
    cancelled: 'Caller hung up before an answer',
    not_found: 'Number not found',
    forbidden: 'Not allowed',
    no_media: 'No common audio format',
    silent: 'Audio stopped',
    lost: 'Connection lost',
    recalled: 'Agent was signed out',
    unreachable: 'Unreachable',
    draining: 'Server was shutting down',
    failed: 'Server fault',
    interrupted: 'Interrupted by a restart',
    abandoned: 'Caller hung up while waiting',
    customer_gone: 'Caller hung up while waiting',
    timeout: 'Waited too long',
    served: 'Served',
    consulted: 'Was consulted',
    joined: 'Took part',
    outside: 'Outside',
    missed: 'Missed',
    device_failed: 'Agent’s device failed',
  };
  return words[cause] ?? cause.replaceAll('_', ' ');
}
