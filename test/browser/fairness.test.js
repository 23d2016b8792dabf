// Two agents, three callers.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from './lib/agent.js'
import { SIPp } from './lib/sipp.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

const short = (file, text) => (file === 'queues.yaml' ? text.replace('ring: 20s', 'ring: 3s').replace('cooldown: 15s', 'cooldown: 1s') : text)

story('no agent is offered two calls, no caller is lost, and ages are kept over declines and time-outs', { edit: short },
  async ({ browser, server, ends }) => {
    const agents = [await Agent.start(browser, server, 'maria'), await Agent.start(browser, server, 'sam')]
    const steps = [{ pause: 1200 }, { inBand: ' 1' }, { pause: 40_000 }, { bye: true }]
    for (const from of ['ann', 'bob', 'cid']) {
      ends(SIPp.call(server, '100', { from, steps }))
      await sleep(400)
    }
    await Promise.all(agents.map((a) => a.see('offer')))
    const offered = await Promise.all(agents.map((a) => a.text('offer-caller')))
    assert.deepEqual([...offered].sort(), ['ann', 'bob'], 'the two oldest, each once')
    await until('three wait', async () => /3/.test(await agents[0].text('queue-sales')))

    // One declines the oldest, and is offered the next; the other, free again, gets the oldest, who has kept the place.
    const [first, second] = offered[0] === 'ann' ? agents : [...agents].reverse()
    await second.accept() // bob talks
    await first.click('offer-decline')
    await first.gone('offer')
    await first.see('offer')
    assert.equal(await first.text('offer-caller'), 'cid', 'who declined ann is offered somebody else')
    await first.gone('offer', 10) // missed: the deadline passes
    await first.see('presence-back')
    await second.endCall()
    assert.equal(await second.has('offer'), false, 'after-call work holds the slot')
    await second.page.click('[data-testid="disposition-sold"]')
    await second.click('wrapup-submit')
    await second.see('offer')
    assert.equal(await second.text('offer-caller'), 'ann', 'declined, but still the oldest')
    await second.accept()
    await first.click('presence-back')
    await first.see('offer')
    assert.equal(await first.text('offer-caller'), 'cid', 'missed, and not lost')
    await first.accept()
  })
