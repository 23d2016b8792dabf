// Whether this browser can send audio, and whether it gets through to the server. The connection made for it is thrown
// away; it also leaves the browser warm (certificate made, audio threads started), which saves the first call 30 to 80 ms.

import { after } from '../lib/timers';

export interface NetworkState {
  ok: boolean | null; // null: not known, or being checked
  reason: string;
}

/** The server's answer to an offer of sound, and where the packets have to get through to. */
export interface Trial {
  sdp: string;
  at: string;
}

export const checking: NetworkState = { ok: null, reason: 'Checking the network.' };
const works: NetworkState = { ok: true, reason: '' };
const broken = (reason: string): NetworkState => ({ ok: false, reason });

/** Connects as for a call, without one. Not known (null) is what the server could not be asked. */
export async function checkNetwork(ask: (sdp: string) => Promise<Trial>, patience = 5000): Promise<NetworkState> {
  if (typeof RTCPeerConnection === 'undefined') return broken('This browser has no WebRTC, or it is switched off.');
  const pc = new RTCPeerConnection({ iceServers: [] });
  try {
    pc.addTransceiver('audio');
    const found = candidate(pc, patience);
    await pc.setLocalDescription(await pc.createOffer());
    if (!(await found))
      return broken('The browser finds no network path for audio. An extension or a policy may block WebRTC.');
    let trial: Trial;
    try {
      trial = await ask(pc.localDescription?.sdp ?? '');
    } catch {
      return { ok: null, reason: 'The server cannot be asked whether sound gets through.' };
    }
    const connected = connection(pc, patience);
    await pc.setRemoteDescription({ type: 'answer', sdp: trial.sdp });
    return (await connected) ? works : broken(blocked(trial.at));
  } catch (err) {
    return broken(`The browser cannot start audio connections (${err instanceof Error ? err.name : 'unknown'}).`);
  } finally {
    pc.close();
  }
}

const blocked = (at: string) =>
  `Your browser reaches the server, but sound does not get through: UDP to ${at} is blocked.`;

function candidate(pc: RTCPeerConnection, patience: number): Promise<boolean> {
  return new Promise((done) => {
    const enough = after(patience, () => done(false));
    pc.onicecandidate = (e) => {
      if (e.candidate && e.candidate.candidate === '') return; // marks the end of one generation
      enough();
      done(e.candidate !== null);
    };
  });
}

function connection(pc: RTCPeerConnection, patience: number): Promise<boolean> {
  return new Promise((done) => {
    const enough = after(patience, () => done(false));
    pc.onconnectionstatechange = () => {
      if (pc.connectionState !== 'connected' && pc.connectionState !== 'failed') return;
      enough();
      done(pc.connectionState === 'connected');
    };
  });
}
