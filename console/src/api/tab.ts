// This tab's name for itself, by which the server tells it from other tabs of the same login. It outlives a reload,
// but is not inherited by a duplicated tab: it lies in the storage only between two pages.
const key = 'callfloor.tab';

function take(): string {
  let name = '';
  try {
    name = sessionStorage.getItem(key) ?? '';
    sessionStorage.removeItem(key);
  } catch {
    // storage is off: each load is a new tab
  }
  return name || Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36).padStart(2, '0')).join('');
}

export const tab = take();

function keep(): void {
  try {
    sessionStorage.setItem(key, tab);
  } catch {
    // as above
  }
}

function drop(): void {
  try {
    sessionStorage.removeItem(key); // back from the page cache: it is in use again
  } catch {
    // as above
  }
}

window.addEventListener('pagehide', keep);
window.addEventListener('pageshow', drop);
