// What can be done with a call, each with its key. It depends on whom the agent talks with.
import { Button } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowsExchange,
  IconDialpad,
  IconEar,
  IconMessage2,
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconPhoneOutgoing,
  IconPlayerPause,
  IconPlayerPlay,
  IconUserCheck,
  IconUserQuestion,
  IconUserX,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Call } from '../api/types';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { apart, aside, meets, phaseOf, supervising } from './model';
import { Keys } from './Offer';
import { nameOf } from './Parties';
import { show, toggleKeypad, ui } from './ui';

const wait = '#985907'; // amber: somebody waits, or hears nothing
type Props = { desk: Desk; call: Call };

export function TalkActions({ desk, call }: Props) {
  const m = useStore(desk.model);
  const phase = phaseOf(call);
  return (
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
      {phase === 'consulting' && <Consulting desk={desk} call={call} />}
      {call.asked && (
        <Button onClick={() => void desk.meet()} leftSection={<IconUsersGroup size={18} />} data-testid="call-meet">
          Join <Keys of={['J']} />
        </Button>
      )}
      {supervising(call) && <Supervising desk={desk} call={call} />}
      {(phase === 'own' || phase === 'offering') && <Own desk={desk} call={call} />}
      <Button
        color="red"
        variant="light"
        loading={m.asked.end === call.id}
        onClick={() => show('end')}
        leftSection={<IconPhoneOff size={18} />}
        data-testid="call-end"
      >
        {phase === 'guest' || meets(call) ? 'Leave' : 'End'} <Keys of={['E']} />
      </Button>
    </div>
  );
}

/** With a caller, and perhaps while it rings at a colleague's. */
function Own({ desk, call }: Props) {
  const m = useStore(desk.model);
  const { keypad } = useStore(ui);
  const held = call.state === 'held';
  const rings = call.toward?.state === 'ringing' ? call.toward.purpose : '';
  return (
    <>
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
      {rings ? (
        <Button
          variant="filled"
          color={wait}
          onClick={() => void desk.takeBack()}
          leftSection={<IconArrowBackUp size={18} />}
          data-testid="call-take-back"
        >
          {rings === 'consult' ? 'Ask no longer' : 'Take back'} <Keys of={[rings === 'consult' ? 'C' : 'T']} />
        </Button>
      ) : (
        <>
          <Plain testid="call-consult" keyName="C" icon={<IconUserQuestion size={18} />} go={() => show('consult')}>
            Consult
          </Plain>
          <Plain testid="call-transfer" keyName="T" icon={<IconPhoneOutgoing size={18} />} go={() => show('transfer')}>
            Transfer
          </Plain>
        </>
      )}
    </>
  );
}

/** Between the caller and a colleague. */
function Consulting({ desk, call }: Props) {
  const m = useStore(desk.model);
  const p = aside(call);
  if (!p) return null;
  const other = apart(call) || call.state === 'held' ? (meets(call) ? 'conference' : 'caller') : nameOf(p);
  return (
    <>
      <Plain testid="call-swap" keyName="H" icon={<IconArrowsExchange size={18} />} go={() => void desk.swap()}>
        Swap to {other}
      </Plain>
      <Button
        loading={m.asked.complete === call.id}
        disabled={p.state === 'lost' || p.state === 'connecting'}
        onClick={() => void desk.complete()}
        leftSection={<IconUserCheck size={18} />}
        data-testid="call-complete"
      >
        Hand over <Keys of={['T']} />
      </Button>
      <Button
        variant="default"
        disabled={p.state === 'lost' || p.state === 'connecting'}
        loading={p.asked}
        onClick={() => void desk.merge()}
        leftSection={<IconUsersGroup size={18} />}
        data-testid="call-merge"
      >
        Merge <Keys of={['J']} />
      </Button>
      <Plain testid="call-end-consult" keyName="C" icon={<IconUserX size={18} />} go={() => void desk.takeBack()}>
        End consult
      </Plain>
    </>
  );
}

/** What a supervisor can be in a call; the one they are is marked. */
function Supervising({ desk, call }: Props) {
  const ways = [
    ['listen', 'listening', 'Listen', 'L', <IconEar key="l" size={18} />],
    ['whisper', 'whispering', 'Whisper', 'P', <IconMessage2 key="w" size={18} />],
    ['barge', 'among', 'Join', 'J', <IconUsersGroup key="b" size={18} />],
  ] as const;
  return (
    <>
      {ways.map(([verb, place, label, k, icon]) => (
        <Button
          key={verb}
          variant={call.place === place ? 'light' : 'default'}
          aria-pressed={call.place === place}
          onClick={() => void desk.supervise(call.id, verb)}
          leftSection={icon}
          data-testid={`call-${verb}`}
        >
          {label} <Keys of={[k]} />
        </Button>
      ))}
      <Plain
        testid="call-take-over"
        keyName="O"
        icon={<IconUserCheck size={18} />}
        go={() => void desk.supervise(call.id, 'take-over')}
      >
        Take over
      </Plain>
    </>
  );
}

function Plain(p: { testid: string; keyName: string; icon: ReactNode; go: () => void; children: ReactNode }) {
  return (
    <Button variant="default" onClick={p.go} leftSection={p.icon} data-testid={p.testid}>
      {p.children} <Keys of={[p.keyName]} />
    </Button>
  );
}
