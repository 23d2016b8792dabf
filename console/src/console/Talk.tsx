import { Button } from '@mantine/core';
import {
  IconArrowBackUp,
  IconDialpad,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOutgoing,
  IconPhoneOff,
  IconPlayerPause,
  IconPlayerPlay,
} from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { Call, Toward } from '../api/types';
import { caller, clock, spoken } from '../lib/format';
import { useStore } from '../lib/store';
import type { Line } from '../voice/line';
import type { Desk } from './desk';
import { viewer } from './model';
import { Facts, transferred } from './Facts';
import { useNow } from './hooks';
import { Keypad } from '../voice/Keypad';
import { Keys } from './Offer';
import { show, toggleKeypad, ui } from './ui';

const wait = '#985907'; // amber: somebody waits, or hears nothing

const states: Record<Call['state'], string> = {
  connecting: 'Connecting',
  talking: 'Talking',
  held: 'On hold',
  lost: 'Reconnecting your audio',
  cut: 'Cut off',
};

export function Talk({ desk, call }: { desk: Desk; call: Call }) {
  const m = useStore(desk.model);
  const { keypad } = useStore(ui);
  const held = call.state === 'held';
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
            <i className="dot" aria-hidden /> {states[call.state]}
            {call.muted && call.state === 'talking' ? ', muted' : ''}
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
        <div className="hint" role="status" data-testid="call-toward" data-state={call.toward.state}>
          {towardWords(call.toward)}
        </div>
      )}
      <Facts
        rows={[
          ['Queue', call.queueLabel || call.queue],
          ...transferred(call),
          [
            'Recording',
            call.recording ? (
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
      {!viewer(m) && (
        <div className="actions">
          <Button
            variant={call.muted ? 'filled' : 'default'}
            color={wait}
            onClick={() => void desk.mute()}
            aria-pressed={call.muted}
            data-testid="call-mute"
            leftSection={call.muted ? <IconMicrophoneOff size={18} /> : <IconMicrophone size={18} />}
          >
            {call.muted ? 'Unmute' : 'Mute'} <Keys of={['M']} />
          </Button>
          <Button
            variant={held ? 'filled' : 'default'}
            color={wait}
            loading={m.asked.hold !== null}
            onClick={() => void desk.hold()}
            aria-pressed={held}
            data-testid="call-hold"
            leftSection={held ? <IconPlayerPlay size={18} /> : <IconPlayerPause size={18} />}
          >
            {held ? 'Resume' : 'Hold'} <Keys of={['H']} />
          </Button>
          <Button
            variant={keypad ? 'light' : 'default'}
            onClick={() => toggleKeypad()}
            aria-expanded={keypad}
            leftSection={<IconDialpad size={18} />}
            data-testid="call-keypad"
          >
            Keypad <Keys of={['K']} />
          </Button>
          {call.toward?.state === 'ringing' ? (
            <Button
              variant="filled"
              color={wait}
              onClick={() => void desk.takeBack()}
              leftSection={<IconArrowBackUp size={18} />}
              data-testid="call-take-back"
            >
              Take back <Keys of={['T']} />
            </Button>
          ) : (
            <Button
              variant="default"
              onClick={() => show('transfer')}
              leftSection={<IconPhoneOutgoing size={18} />}
              data-testid="call-transfer"
            >
              Transfer <Keys of={['T']} />
            </Button>
          )}
          <Button
            color="red"
            variant="light"
            loading={m.asked.end === call.id}
            onClick={() => show('end')}
            leftSection={<IconPhoneOff size={18} />}
            data-testid="call-end"
          >
            End <Keys of={['E']} />
          </Button>
        </div>
      )}
      {keypad && <Keypad press={(k) => desk.digits(k)} />}
    </section>
  );
}

/** What becomes of an offer to a colleague. */
export function towardWords(t: Toward): string {
  switch (t.state) {
    case 'ringing':
      return `It rings at ${t.name}’s. The caller hears music, and is yours until ${t.name} accepts.`;
    case 'declined':
      return `${t.name} declined. The caller is yours.`;
    case 'missed':
      return `${t.name} did not answer. The caller is yours.`;
  }
  return `It rings no longer at ${t.name}’s. The caller is yours.`;
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
      {call.state === 'held' && <small data-testid="call-held-timer">on hold {clock(hold)}</small>}
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
