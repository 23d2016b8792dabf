// Whether this browser can send audio at all. The connection made for it is thrown away; it also leaves the browser
// warm (certificate made, audio threads started), which saves the first call 30 to 80 ms.

export interface NetworkState {
  ok: boolean | null; // null: being checked
  reason: string;
}

export async function checkNetwork(patience = 4000): Promise<NetworkState> {
  if (typeof RTCPeerConnection === 'undefined') {
    return { ok: false, reason: 'This browser has no WebRTC, or it is switched off.' };
  }
  const pc = new RTCPeerConnection({ iceServers: [] });
  try {
    pc.addTransceiver('audio');
    const found = candidate(pc, patience);
    await pc.setLocalDescription(await pc.createOffer());
    return (await found)
      ? { ok: true, reason: '' }
      : { ok: false, reason: 'The browser finds no network path for audio. An extension or a policy may block WebRTC.' };
  } catch (err) {
    return { ok: false, reason: `The browser cannot start audio connections (${err instanceof Error ? err.name : 'unknown'}).` };
  } finally {
    pc.close();
  }
}

function candidate(pc: RTCPeerConnection, patience: number): Promise<boolean> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(false), patience);
    pc.onicecandidate = (e) => {
      if (e.candidate && e.candidate.candidate === '') return; // marks the end of one generation
      clearTimeout(timer);
      done(e.candidate !== null);
    };
  });
}
