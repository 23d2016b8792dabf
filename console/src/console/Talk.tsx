import { useEffect, useState } from 'react';
import type { Call, Toward } from '../api/types';
import { caller, clock, spoken } from '../lib/format';
import { useStore } from '../lib/store';
import type { Line } from '../voice/line';
import type { Desk } from './desk';
import { apart, aside, guest, guests, meets, notReached, viewer } from './model';
import { nameOf, Parties } from './Parties';
import { Facts, transferred } from './Facts';
import { useNow } from './hooks';
import { Keypad } from '../voice/Keypad';
import { TalkActions } from './TalkActions';
import { ui } from './ui';

const states: Record<Call['state'], string> = {
  connecting: 'Connecting',
  talking: 'Talking',
  held: 'On hold',
  lost: 'Reconnecting your audio',
  cut: 'Cut off',
};

/** Who is with whom. */
export function standsHow(call: Call): string {
  const who = call.name || 'the caller';
  if (guest(call)) return guestStands(call, who);
  if (call.direction === 'out' && call.state === 'connecting') return call.far === 'dialling' ? 'Calling' : 'Ringing';
  const p = aside(call);
  if (!p) return meets(call) && call.state === 'talking' ? 'In a conference' : states[call.state];
  const name = nameOf(p);
  const there = { connecting: `connecting ${name}`, lost: `waiting for ${name}` }[p.state as string];
  if (apart(call))
    return `${meets(call) ? `Aside with ${name}` : `Caller on hold · ${there ?? `talking with ${name}`}`}`;
  if (call.state === 'held') return `Caller on hold · ${there ?? `talking with ${name}`}`;
  if (call.state === 'talking') return `Talking with ${who} · ${there ?? `${name} on hold`}`;
  return states[call.state];
}

/** The same for one whose call it is not. */
function guestStands(call: Call, who: string): string {
  if (call.state === 'lost' || call.state === 'connecting') return states[call.state];
  switch (call.place) {
    case 'listening':
      return `Listening to ${call.owner} and ${who}`;
    case 'whispering':
      return `Whispering to ${call.owner}`;
    case 'among':
      return `In a conference with ${call.owner} and ${who}`;
  }
  if (call.state === 'held') return `On hold · ${call.owner} talks with ${who}`;
  return `Talking with ${call.owner} about ${who}`;
}

/** What becomes of an offer to a colleague, or of a consult; '' where it is seen already. */
export function towardWords({ name, purpose, state, number }: Toward): string {
  const consult = purpose === 'consult';
  const why = number ? notReached[state] : undefined;
  if (why) return `${name}: ${why}. The caller is yours.`;
  switch (state) {
    case 'ringing':
      if (number) return `${name} is called. The caller hears music, and is yours until it is answered.`;
      if (consult) return `It rings at ${name}’s. The caller is yours, and hears music until you resume.`;
      return `It rings at ${name}’s. The caller hears music, and is yours until ${name} accepts.`;
    case 'declined':
      return `${name} declined. The caller is yours.`;
    case 'missed':
      return `${name} did not answer. The caller is yours.`;
    case 'left':
      return `${name} has left. The caller is yours.`;
    case 'gone':
      return `${name} is not there any more. The caller is yours.`;
    case 'ended':
    case 'transferred':
      return '';
  }
  return consult
    ? `${name} is not asked any more. The caller is yours.`
    : `It rings no longer at ${name}’s. The caller is yours.`;
}

export function Talk({ desk, call }: { desk: Desk; call: Call }) {
  const m = useStore(desk.model);
  const { keypad } = useStore(ui);
  const words = call.toward ? towardWords(call.toward) : '';
  return (
    <section
      className={`card talk ${call.state}`}
      aria-labelledby="talk-who"
      tabIndex={-1}
      data-focus
      data-testid="call"
      data-state={call.state}
      data-muted={call.muted}
      data-call={call.id}
    >
      <div className="card-top">
        <div>
          <div className={`eyebrow ${call.state}`} role="status" data-testid="call-state">
            <i className="dot" aria-hidden /> {standsHow(call)}
            {call.muted && (call.state === 'talking' || guests(call).length > 0) ? ', muted' : ''}
          </div>
          <h2 id="talk-who" data-testid="call-caller">
            {caller(call.name, call.from)}
          </h2>
          {call.name && <div className="number">{call.from}</div>}
        </div>
        {call.state !== 'cut' && <Timer call={call} at={m.at} />}
      </div>
      {call.state === 'cut' ? (
        <div className="hint trouble" role="alert" data-testid="call-cut">
          The caller hears nothing: their server is gone. Another one takes the call over within seconds: stay, or end
          it.
        </div>
      ) : (
        <Audio desk={desk} />
      )}
      {call.toward && (
        <div
          className={words ? 'hint' : 'spoken'}
          role="status"
          data-testid="call-toward"
          data-state={call.toward.state}
        >
          {words}
        </div>
      )}
      <Facts
        rows={[
          ['Queue', call.queueLabel || call.queue],
          ...transferred(call),
          [
            'Recording',
            guest(call) && call.place === 'aside' ? (
              ''
            ) : call.recording ? (
              <span className="recording">
                <i aria-hidden /> On
              </span>
            ) : (
              'Off'
            ),
            'call-recording',
          ],
        ]}
      />
      <Parties desk={desk} call={call} busy={viewer(m)} />
      {call.asked && !viewer(m) && (
        <div className="hint" role="alert" data-testid="call-asked">
          {call.owner} wants to bring you together with {call.name || 'the caller'}.
        </div>
      )}
      {!viewer(m) && <TalkActions desk={desk} call={call} />}
      {keypad && <Keypad press={(k) => desk.digits(k)} />}
    </section>
  );
}

function Timer({ call, at }: { call: Call; at: number }) {
  const now = useNow(250);
  const since = Math.max(0, now - at);
  const total = call.talkedMs + call.heldMs + (call.state === 'connecting' ? 0 : since);
  const hold = call.state === 'held' ? call.heldMs + since : 0;
  return (
    <div className="timer">
      <time data-testid="call-timer" role="timer" aria-label={spoken(total)}>
        {clock(total)}
      </time>
      {call.state === 'held' && !guest(call) && <small data-testid="call-held-timer">on hold {clock(hold)}</small>}
    </div>
  );
}

/** Says when the browser's own audio is not there although the call is. */
function Audio({ desk }: { desk: Desk }) {
  const line = useStore(desk.line);
  return line ? <AudioOf desk={desk} line={line} /> : null;
}

function AudioOf({ desk, line }: { desk: Desk; line: Line }) {
  const { audio } = useStore(line.state);
  const { link } = useStore(desk.model);
  const mic = useStore(desk.microphone.state);
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), 400); // anything shorter is not worth reading
    return () => clearTimeout(timer);
  }, [audio]);
  if (audio === 'connected') {
    return mic.kind === 'open' ? null : (
      <div className="hint trouble" role="alert">
        The caller cannot hear you: {mic.reason}
      </div>
    );
  }
  if (!late || link === 'lost') return null; // then the banner says what is wrong, and nobody knows what the caller hears
  return (
    <div className="hint" role="status" data-testid="audio-reconnecting">
      Reconnecting your audio. The caller hears music meanwhile.
    </div>
  );
}
