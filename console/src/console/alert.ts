// Tells of an offer when the page is not looked at: a desktop notification, and the tab's title.
import type { Offer } from '../api/types';
import { caller } from '../lib/format';

export class Alert {
  private shown: Notification | null = null;
  private offer = '';

  /** Follows the offer that rings; null takes everything away. */
  follow(offer: Offer | null): void {
    if ((offer?.id ?? '') === this.offer) return;
    this.offer = offer?.id ?? '';
    this.shown?.close();
    this.shown = null;
    const who = offer ? caller(offer.name, offer.from) : '';
    const words = offer?.purpose === 'consult' ? `${offer.by} asks you` : `${who} is calling`;
    document.title = offer ? `${words} · Callfloor` : 'Callfloor';
    if (offer && document.hidden) this.notify(offer, who);
  }

  private notify(offer: Offer, who: string): void {
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    const n = new Notification(who, {
      body: `Call for ${offer.queueLabel || offer.queue}`,
      tag: 'callfloor-offer',
      requireInteraction: true,
      silent: true, // the page rings by itself
    });
    n.onclick = () => {
      window.focus();
      n.close();
    };
    this.shown = n;
  }
}
