import { Button, Center, Loader, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useEffect } from 'react';
import { useStore } from '../lib/store';
import { Banners } from './Banners';
import type { Desk } from './desk';
import { EndDialog, HelpDialog, SoundDialog } from './dialogs';
import { Header } from './Header';
import { useKeys } from './hooks';
import { LeavingDialog, OpenDialog } from './leaving';
import { Loads } from './Loads';
import { Login } from './Login';
import { Notices } from './Notices';
import { Queues } from './Queues';
import { RemoteAudio } from '../voice/RemoteAudio';
import { Stage } from './Stage';
import { supervises } from './model';
import { DialDialog } from './DialDialog';
import { TransferDialog } from './Transfer';
import { look, show, toggleKeypad, ui } from './ui';
import { WhyDialog } from './Why';

const Audit = lazy(() => import('./Audit').then((m) => ({ default: m.Audit })));
const Floor = lazy(() => import('./Floor').then((m) => ({ default: m.Floor })));
const History = lazy(() => import('./History').then((m) => ({ default: m.History })));

export function App({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  useKeys(desk);
  switch (m.phase) {
    case 'starting':
      return <Waiting text="" />;
    case 'unreachable':
      return <Waiting text="The server cannot be reached. Trying again." />;
    case 'signedOut':
      return <Login desk={desk} />;
    case 'signedIn':
      return <Workplace desk={desk} />;
  }
}

function Waiting({ text }: { text: string }) {
  return (
    <Center h="100vh" data-testid="starting">
      <Stack align="center">
        <Loader type="dots" aria-label="Starting" />
        {text && <Text role="alert">{text}</Text>}
        {text && (
          <Button variant="default" onClick={() => location.reload()}>
            Reload
          </Button>
        )}
      </Stack>
    </Center>
  );
}

function Workplace({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const line = useStore(desk.line);
  const { view } = useStore(ui);
  const offer = m.server?.offer?.id ?? '';
  const call = m.server?.call?.id ?? '';
  useEffect(() => {
    if (!offer) return;
    show(''); // an offer comes first: its keys must work
    look('desk');
  }, [offer]);
  useEffect(() => {
    toggleKeypad(false);
    if (['end', 'transfer', 'consult'].includes(ui.get().dialog)) show('');
  }, [call]);
  return (
    <div className="floor" data-testid="console">
      <Header desk={desk} />
      <Banners desk={desk} />
      {supervises(m) && view !== 'desk' ? (
        <Suspense fallback={<Loading />}>{view === 'floor' ? <Floor desk={desk} /> : <Audit desk={desk} />}</Suspense>
      ) : (
        <Columns desk={desk} />
      )}
      <Notices desk={desk} />
      <EndDialog desk={desk} />
      <TransferDialog desk={desk} />
      <DialDialog desk={desk} />
      <LeavingDialog desk={desk} />
      <OpenDialog desk={desk} />
      <WhyDialog desk={desk} />
      <HelpDialog />
      <SoundDialog desk={desk} />
      {line && <RemoteAudio stream={line.remote} />}
    </div>
  );
}

function Columns({ desk }: { desk: Desk }) {
  return (
    <div className="columns">
      <aside className="left" aria-label="Queues">
        <Queues desk={desk} />
        <Loads desk={desk} />
      </aside>
      <main className="middle">
        <Stage desk={desk} />
      </main>
      <aside className="right" aria-label="Call history">
        <Suspense fallback={<Loading />}>
          <History desk={desk} />
        </Suspense>
      </aside>
    </div>
  );
}

function Loading() {
  return (
    <Center p="xl">
      <Loader size="sm" type="dots" />
    </Center>
  );
}
