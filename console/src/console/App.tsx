import { Button, Center, Loader, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useEffect } from 'react';
import { useStore } from '../lib/store';
import { Banners } from './Banners';
import type { Desk } from './desk';
import { EndDialog, HelpDialog, SoundDialog } from './dialogs';
import { Header } from './Header';
import { useKeys } from './hooks';
import { LeavingDialog, OpenDialog } from './leaving';
import { Login } from './Login';
import { Notices } from './Notices';
import { Queues } from './Queues';
import { RemoteAudio } from '../voice/RemoteAudio';
import { Stage } from './Stage';
import { toggleKeypad, ui, show } from './ui';

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
      return <Floor desk={desk} />;
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

function Floor({ desk }: { desk: Desk }) {
  const m = useStore(desk.model);
  const line = useStore(desk.line);
  const offer = m.server?.offer?.id ?? '';
  const call = m.server?.call?.id ?? '';
  useEffect(() => {
    if (offer) show(''); // an offer comes first: its keys must work
  }, [offer]);
  useEffect(() => {
    toggleKeypad(false);
    if (ui.get().dialog === 'end') show('');
  }, [call]);
  return (
    <div className="floor" data-testid="console">
      <Header desk={desk} />
      <Banners desk={desk} />
      <div className="columns">
        <aside className="left" aria-label="Queues">
          <Queues desk={desk} />
        </aside>
        <main className="middle">
          <Stage desk={desk} />
        </main>
        <aside className="right" aria-label="Call history">
          <Suspense
            fallback={
              <Center p="xl">
                <Loader size="sm" type="dots" />
              </Center>
            }
          >
            <History desk={desk} />
          </Suspense>
        </aside>
      </div>
      <Notices desk={desk} />
      <EndDialog desk={desk} />
      <LeavingDialog desk={desk} />
      <OpenDialog desk={desk} />
      <HelpDialog />
      <SoundDialog desk={desk} />
      {line && <RemoteAudio stream={line.remote} />}
    </div>
  );
}
