import { Alert, Button, Card, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Problem } from '../api/client';
import { remember, remembered } from '../lib/prefs';
import { useStore } from '../lib/store';
import type { Desk } from './desk';
import { Mark } from './Mark';

export function Login({ desk }: { desk: Desk }) {
  const { notices } = useStore(desk.model);
  const [agent, setAgent] = useState(remembered('agent'));
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await desk.login(agent.trim(), password);
      remember('agent', agent.trim());
    } catch (err) {
      setProblem(words(err));
      setBusy(false);
    }
  };

  return (
    <main className="login">
      <Card
        withBorder
        padding="xl"
        radius="lg"
        w={380}
        component="form"
        onSubmit={(e: FormEvent) => void submit(e)}
        shadow="sm"
      >
        <Stack gap="md">
          <div className="brand large">
            <Mark size={34} />
            <Title order={1} fz={22}>
              Callfloor
            </Title>
          </div>
          <Text c="dimmed" size="sm" mt={-6}>
            Sign in to take calls.
          </Text>
          {notices[0] && (
            <Alert color="gray" variant="light" role="status" data-testid="login-notice">
              {notices[0].text}
            </Alert>
          )}
          <TextInput
            label="Agent"
            name="username"
            autoComplete="username"
            autoFocus={!agent}
            required
            withAsterisk={false}
            value={agent}
            onChange={(e) => setAgent(e.currentTarget.value)}
            data-testid="login-agent"
          />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            autoFocus={!!agent}
            required
            withAsterisk={false}
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
            data-testid="login-password"
          />
          {problem && (
            <Alert color="red" variant="light" role="alert" data-testid="login-problem">
              {problem}
            </Alert>
          )}
          <Button type="submit" loading={busy} fullWidth size="md" data-testid="login-submit">
            Sign in
          </Button>
        </Stack>
      </Card>
    </main>
  );
}

function words(err: unknown): string {
  if (!(err instanceof Problem)) return 'Something went wrong. Try again.';
  if (err.status === 401) return 'This name and password do not go together.';
  if (err.status === 429) return 'Too many tries. Wait a minute and try again.';
  return err.message;
}
