// What this browser remembers for the person in front of it. Storage may be off; then nothing is remembered.
const prefix = 'callfloor.';

export function remembered(key: string): string {
  try {
    return localStorage.getItem(prefix + key) ?? '';
  } catch {
    return '';
  }
}

export function remember(key: string, value: string): void {
  try {
    if (value === '') localStorage.removeItem(prefix + key);
    else localStorage.setItem(prefix + key, value);
  } catch {
    // as said above
  }
}
