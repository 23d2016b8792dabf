// Made-up facts: an agent, queues, a history, a recording with a tone on each side.

export function demo() {
  return {
    agent: {
      id: 'maria',
      name: 'Maria Lindqvist',
      session: 'online',
      chosen: 'away',
      reason: 'meeting',
      system: 'none',
      next: 'none',
      busy: false,
      routable: false,
      why: '',
      since: Date.now() - 94_000,
      device: { ok: false, kind: 'browser', reason: 'the microphone was not checked yet' },
    },
    offer: null,
    call: null,
    wrapup: null,
    queues: [
      { name: 'support', label: 'Support', waiting: 2, oldestMs: 74_000, available: 3 },
      { name: 'sales', label: 'Sales', waiting: 0, oldestMs: 0, available: 2 },
      { name: 'billing', label: 'Billing and contracts', waiting: 1, oldestMs: 9_000, available: 0 },
    ],
    node: 'demo',
    now: Date.now(),
  };
}

demo.dispositions = [
  { code: 'solved', label: 'Solved' },
  { code: 'follow_up', label: 'Needs follow-up' },
  { code: 'passed_on', label: 'Passed on' },
  { code: 'wrong_number', label: 'Wrong number' },
  { code: 'spam', label: 'Spam' },
];

// prettier-ignore
const asked = (interaction, queue, waitedMs, more) => ({
  interaction, queue, channel: 'voice', state: 'waiting', with: '', priority: 5, waitedMs, needs: [], only: [], relaxesMs: null, ...more,
});
const lines = {
  support: [
    asked('c-1', 'support', 74_000, {
      from: '+442079460958',
      name: 'Amira Haddad',
      place: 1,
      needs: [
        { name: 'billing', language: false, least: 50 },
        { name: 'fr', language: true, least: 0 },
      ],
      relaxesMs: 16_000,
    }),
    asked('c-2', 'support', 21_000, { from: '+4930901820', name: '', place: 2, state: 'offered', with: 'sam' }),
  ],
  sales: [],
  billing: [asked('c-3', 'billing', 9_000, { from: '+33142685300', name: 'Luc Fournier', place: 1, only: ['maria'] })],
};
const against = {
  'c-1': { kind: 'language', words: 'does not speak fr' },
  'c-2': { kind: 'offered', words: 'is offered to sam' },
  'c-3': { kind: '', words: '' },
};

demo.whyNot = () => Object.values(lines).flatMap((l) => l.map((w) => ({ ...w, against: against[w.interaction] })));

demo.explanation = {
  ...lines.support[0],
  strategy: 'skills',
  candidates: [
    ['ines', 'Inès Moreau', 'capacity', 'busy', 80, 1, 0, 4],
    ['maria', 'Maria Lindqvist', 'presence', 'away: meeting', 70, 0, 94_000, 2],
    ['sam', 'Sam Taylor', 'skill', 'skill billing is 30, needs 50', 0, 1, 0, 7],
    ['tariq', 'Tariq Aziz', 'language', 'does not speak fr', 0, 0, 640_000, 1],
  ].map(([agent, name, kind, words, mean, used, idleMs, calls]) => ({
    agent,
    name,
    against: { kind, words },
    mean,
    used,
    idleMs,
    calls,
  })),
};

demo.floor = () => {
  const one = demo().agent;
  const agent = (id, name, facts, work = []) => ({
    ...one,
    id,
    name,
    chosen: 'available',
    reason: '',
    why: '',
    device: { ok: true, kind: 'browser', reason: '' },
    queues: ['support'],
    work,
    ...facts,
  });
  const ago = (s) => Date.now() - s * 1000;
  const work = (kind, from, name, s = 95) => ({
    lease: 'l',
    kind,
    channel: 'voice',
    queueLabel: 'Support',
    from,
    name,
    call: `c${from}`,
    since: ago(s),
  });
  const party = (agent, name, role, state, s) => ({ agent, name, role, state, since: ago(s) });
  const live = (from, name, state, s, ...parties) => ({
    call: `c${from}`,
    queue: 'support',
    queueLabel: 'Support',
    state,
    from,
    name,
    to: '+442079460100',
    entry: 'Main number',
    since: ago(s),
    parties,
  });
  return {
    now: Date.now(),
    agents: [
      agent('ines', 'Inès Moreau', { busy: true }, [work('work', '+4640123456', 'Elin Berg')]),
      { ...agent('maria', one.name), ...one },
      agent('sam', 'Sam Taylor', { busy: true }, [work('offer', '+4930901820', '')]),
      agent('tariq', 'Tariq Aziz', { routable: true }),
      agent('wei', 'Wei Zhang', { device: { ok: false, kind: 'phone', reason: 'the desk phone is not registered' } }),
      agent('zoe', 'Zoë Adler', { system: 'away_idle' }),
      agent('otto', 'Otto Brandt', { session: 'offline', chosen: 'away', since: Date.now() - 3 * 3_600_000 }),
      agent('pia', 'Pia Holm', { session: 'lost', next: 'away:lunch' }, [work('work', '+48225550137', '')]),
    ],
    queues: demo().queues.map((q) => ({ ...q, agents: 6, line: lines[q.name] })),
    calls: [
      live('+48225550137', '', 'talking', 731, party('pia', 'Pia Holm', 'agent', 'talking', 731)),
      live(
        '+4640123456',
        'Elin Berg',
        'consulting',
        95,
        party('ines', 'Inès Moreau', 'agent', 'talking', 95),
        party('tariq', 'Tariq Aziz', 'consulted', 'talking', 20),
      ),
      live('+4930901820', '', 'ringing', 4, party('sam', 'Sam Taylor', 'agent', 'ringing', 4)),
    ],
  };
};

/** A day since eight, busiest at eleven, that goes on now. */
demo.today = () => {
  const quarter = 15 * 60_000;
  const now = Math.floor(Date.now() / quarter) * quarter;
  const sum = (quarters, k) => quarters.reduce((n, q) => n + q[k], 0);
  const queue = (name, busy) => {
    const quarters = Array.from({ length: 30 }, (_, n) => {
      const offered = Math.round(busy * (1 + Math.sin(n / 4.5)) + (n % 3));
      const abandoned = n % 7 === 3 ? Math.min(2, offered) : 0;
      const answered = offered - abandoned - (n === 29 ? 1 : 0);
      return {
        at: now - (29 - n) * quarter,
        offered,
        answered: Math.max(0, answered),
        prompt: Math.max(0, answered - (n % 5 === 2 ? 2 : 0)),
        abandoned,
      };
    });
    const tally = {
      offered: sum(quarters, 'offered'),
      answered: sum(quarters, 'answered'),
      prompt: sum(quarters, 'prompt'),
      abandoned: sum(quarters, 'abandoned'),
    };
    return { name, promptMs: 20_000, waitedMs: 14_000, tally, quarters };
  };
  return {
    since: now - 30 * quarter,
    queues: demo().queues.map((q, n) => queue(q.name, [5, 2, 0][n] ?? 1)),
    agents: ['ines', 'maria', 'sam', 'tariq', 'pia'].map((agent, n) => ({
      agent,
      calls: 17 - 3 * n,
      talkedMs: (61 - 9 * n) * 60_000,
      wrappedMs: 400_000,
      missed: n % 2,
    })),
  };
};

demo.audit = () => ({
  items: [
    ['sign_out', 'otto', 'Otto Brandt', '', '', '', 'done'],
    ['move', '', '', 'n1-7f3k', 'Support', 'billing', 'done'],
    ['choose', 'zoe', 'Zoë Adler', '', '', 'away, lunch', 'done'],
    ['assign', 'sam', 'Sam Taylor', 'n1-7f2a', 'Support', '', 'at_max'],
  ].map(([verb, agent, agentName, call, queueLabel, detail, result], n) => ({
    id: `${n}`,
    at: new Date(Date.now() - (n * 13 + 2) * 60_000).toISOString(),
    by: 'maria',
    byName: 'Maria Lopez',
    verb,
    agent,
    agentName,
    call,
    queue: queueLabel.toLowerCase(),
    queueLabel,
    detail,
    address: '10.0.7.21',
    node: 'n1',
    result,
  })),
});

const minute = 60_000;
// prettier-ignore
const row = (n, ago, from, name, queue, talked, disposition, note, cause = 'normal') => ({
  id: `c-${n}`, channel: 'voice', direction: 'in', from, name, to: '+442079460100', entry: 'Main number', flow: 'main',
  path: [{ step: 'welcome', key: '' }, { step: 'main_menu', key: '1' }, { step: 'support', key: '' }],
  started: Date.now() - ago * minute, answered: Date.now() - ago * minute + 21_000, ended: cause ? Date.now() - ago * minute + talked * 1000 : 0,
  cause, queue, waited: 21_000 + n * 3000, agent: talked ? 'maria' : '', talked: talked * 1000, held: n % 3 === 0 ? 42_000 : 0, wrapped: talked ? 18_000 : 0,
  disposition, note, recording: talked ? `2026/11/23/c-${n}.wav` : '', recordingSeconds: talked, segments: [],
});

export const history = [
  row(0, 2, '+442079460958', 'Amira Haddad', 'Support', 0, '', '', ''),
  row(
    1,
    6,
    '+442079460958',
    'Amira Haddad',
    'Support',
    250,
    'Solved',
    'Router replaced under warranty, tracking sent by e-mail.',
  ),
  row(2, 19, '+4930901820', '', 'Billing and contracts', 95, 'Passed on', ''),
  row(
    3,
    34,
    '+33142685300',
    'Luc Fournier',
    'Support',
    611,
    'Needs follow-up',
    'Wants a call on Thursday before noon.',
  ),
  row(4, 51, '+12025550143', '', 'Sales', 0, '', '', 'abandoned'),
  row(5, 73, '+442079460011', 'Okonkwo & Sons', 'Sales', 182, 'Solved', 'Twelve more seats from January.'),
  row(6, 96, '+4640123456', 'Elin Berg', 'Support', 340, 'Solved', ''),
  row(7, 60 * 23, '+390612345678', 'Giulia Ferri', 'Support', 133, 'Wrong number', ''),
  row(
    8,
    60 * 25,
    '+442079460958',
    'Amira Haddad',
    'Support',
    421,
    'Needs follow-up',
    'Router restarts every hour; sent new firmware.',
  ),
  row(9, 60 * 27, '+48225550137', '', 'Billing and contracts', 0, '', '', 'abandoned'),
  row(10, 60 * 28, '+351211234567', 'Rita Nunes', 'Sales', 205, 'Solved', 'Quote 2211 sent.'),
];

/** Ten seconds of stereo PCM: 440 Hz on the left, 1000 Hz on the right. */
export const recording = (() => {
  const rate = 8000;
  const n = rate * 10;
  const b = Buffer.alloc(44 + n * 4);
  b.write('RIFF', 0);
  b.writeUInt32LE(36 + n * 4, 4);
  b.write('WAVEfmt ', 8);
  b.writeUInt32LE(16, 16);
  b.writeUInt16LE(1, 20);
  b.writeUInt16LE(2, 22);
  b.writeUInt32LE(rate, 24);
  b.writeUInt32LE(rate * 4, 28);
  b.writeUInt16LE(4, 32);
  b.writeUInt16LE(16, 34);
  b.write('data', 36);
  b.writeUInt32LE(n * 4, 40);
  for (let i = 0; i < n; i++) {
    b.writeInt16LE(Math.round(6000 * Math.sin((2 * Math.PI * 440 * i) / rate)), 44 + i * 4);
    b.writeInt16LE(Math.round(6000 * Math.sin((2 * Math.PI * 1000 * i) / rate)), 46 + i * 4);
  }
  return b;
})();
