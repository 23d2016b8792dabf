// What both softphones, the agent's and the customer's, ask of JsSIP.
import { UA, WebSocketInterface } from 'jssip';
import type { UAConfiguration } from 'jssip/lib/UA';
import type { RTCSession } from 'jssip/lib/RTCSession';
import { socketURL } from '../api/events';

/** The server is reachable directly: no STUN, no TURN, no waiting for either. */
export const pcConfig: RTCConfiguration = { iceServers: [] };

/** Sends our description at the first candidate: the server is ICE lite and learns the rest by itself. */
export function quickICE(session: RTCSession): void {
  session.on('icecandidate', (e) => e.ready());
}

export const phoneSocket = (path: string): WebSocketInterface => new WebSocketInterface(socketURL(path));

export function userAgent(socket: WebSocketInterface, uri: string, more: Partial<UAConfiguration>): UA {
  return new UA({
    sockets: [socket],
    uri,
    user_agent: 'Callfloor console',
    session_timers: false, // the socket and the audio tell sooner when a side has gone
    connection_recovery_min_interval: 1, // JsSIP's own 2 to 30 s would leave an agent deaf for too long
    connection_recovery_max_interval: 2,
    ...more,
  });
}

/** The host of a SIP address: sip:maria@callfloor;transport=ws is at callfloor. */
export function hostOf(uri: string): string {
  const bare = uri.replace(/^sips?:/i, '').split(/[;?]/)[0] ?? '';
  return bare.slice(bare.indexOf('@') + 1);
}

/** The user of a SIP address, '' where it names none. */
export function userOf(uri: string): string {
  const bare = uri.replace(/^sips?:/i, '').split(/[;?]/)[0] ?? '';
  return bare.includes('@') ? bare.slice(0, bare.indexOf('@')) : '';
}
