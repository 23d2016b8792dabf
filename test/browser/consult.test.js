// An agent asks a colleague while the caller hears music.
import assert from 'node:assert/strict'
import { recorded, three, tones } from './lib/parties.js'
import { choose, rowOf } from './lib/scene.js'
import { story } from './lib/story.js'
import { until } from './lib/wait.js'

const quick = { edit: (file, text) => (file === 'queues.yaml' ? text.replace(/cooldown: 15s/, 'cooldown: 0s') : text) }

const inPrivate = { ann: 'music', maria: 'sam', sam: 'maria' }
const swapped = { ann: 'maria', maria: 'ann', sam: 'music' }
const together = { ann: 'maria+sam', maria: 'ann+sam', sam: 'ann+maria' }
const alone = { ann: 'maria', maria: 'ann' }

/** maria asks sam, and they talk. */
async function consult({ maria, sam }) {
  await choose(maria, 'c', 'sam', 'May I refund?')
  await sam.see('offer')
  await sam.accept()
  await consults(maria, 'talking')
}

const consults = (maria, state) => until(`maria sees the consult ${state}`, async () => {
  const at = state === 'talking' ? 'party-sam' : 'call-toward'
  return (await maria.page.getAttribute(`[data-testid="${at}"]`, 'data-state', { timeout: 500 }).catch(() => '')) === state
})
const says = (agent, words) => until(`${agent.name} reads ${words}`, async () => words.test(await agent.text('call-state')))

story('an agent consults a colleague by the keyboard: declined, in private, swapped, ended by each of them, handed over', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller, began, parties } = all
  const keys = maria.page.keyboard
  await parties.hear('before', alone)

  await choose(maria, 'c', 'sam', 'May I refund?')
  await sam.see('offer')
  assert.equal(await sam.text('offer-kind'), 'Maria Lopez asks you about')
  assert.equal(await sam.text('transferred-note'), 'May I refund?')
  await consults(maria, 'ringing')
  await parties.hear('while it rings', { ann: 'music', maria: '', sam: '' })
  await sam.click('offer-decline')
  await consults(maria, 'declined')
  await parties.hear('declined', alone)

  await consult(all)
  await parties.hear('in private', inPrivate)
  await says(maria, /Caller on hold · talking with Sam/)
  await says(sam, /Talking with Maria Lopez about/)
  assert.equal(await sam.text('transferred-note'), 'May I refund?')
  await keys.press('h')
  await parties.hear('swapped', swapped)
  await says(sam, /On hold · Maria Lopez talks with/)
  await keys.press('h')
  await parties.hear('swapped back', inPrivate)
  await keys.press('c')
  await sam.gone('call')
  await parties.hear('ended', alone)
  await sam.stands('ready')

  await consult(all)
  await sam.click('call-end')
  await sam.click('end-confirm')
  await sam.gone('call')
  await consults(maria, 'left')
  await parties.hear('left', alone)
  assert.equal(await sam.has('wrapup'), false)

  await consult(all)
  await keys.press('j')
  await sam.see('call-asked')
  await parties.hear('sam is asked', inPrivate)
  await sam.page.keyboard.press('j')
  await parties.hear('in a conference', together)
  await says(maria, /In a conference/)
  assert.equal(await maria.text('party-sam-how'), 'hears ann and you')
  await maria.click('party-sam-mute')
  await parties.hear('sam is muted', { ann: 'maria', maria: 'ann', sam: 'ann+maria' })
  await maria.click('party-sam-mute')
  await keys.press('h')
  await parties.hear('the caller is on hold', { ann: 'music', maria: 'sam', sam: 'maria' })
  await keys.press('h')
  await maria.click('party-sam-drop')
  await sam.gone('call')
  await parties.hear('sam is dropped', alone)

  await consult(all)
  await keys.press('t')
  await maria.see('wrapup')
  await parties.hear('handed over', { ann: 'sam', sam: 'ann' })
  await sam.see('call-hold')
  assert.equal(await sam.text('transferred-by'), 'Maria Lopez')
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
  parties.caller_heard()

  const row = await rowOf(sam, (row) => row.ended)
  assert.deepEqual(row.segments.map((s) => [s.agent, s.outcome]),
    [['maria', 'served'], ['sam', 'declined'], ['sam', 'consulted'], ['sam', 'consulted'], ['sam', 'consulted'], ['sam', 'served']])
  assert.equal(row.agent, 'sam')
  await recorded(stage.server, parties.windows, began)
})

story('the caller hangs up in the middle of a consult: both are told, and only who had the call writes what came of it', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller } = all
  await consult(all)
  caller.hangup()
  await maria.see('wrapup')
  await sam.gone('call')
  assert.equal(await sam.has('wrapup'), false)
  await sam.stands('ready')
  await caller.stop()
})

story('a page is reloaded in a consult, and a server killed: everybody hears again whom they heard', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller, parties } = all
  await consult(all)
  for (const agent of [maria, sam]) {
    await agent.page.reload()
    await agent.see('call')
    await parties.hear(`${agent.name} is back`, inPrivate)
  }
  await stage.server.kill()
  await stage.server.run()
  await maria.gone('banner-link', 20)
  await sam.gone('banner-link', 20)
  await until('they hear each other again', async () => (await maria.hears(tones.sam), await sam.hears(tones.maria), true), 20)
  await maria.page.keyboard.press('h')
  await until('maria and ann', () => maria.hears(tones.ann).then(() => true))
  await maria.page.keyboard.press('t')
  await maria.see('wrapup')
  await until('sam and ann', () => sam.hears(tones.ann).then(() => true))
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
})

story('who asked is gone for good: the caller is first in line again, and nobody is consulted any more', quick, async (stage) => {
  const all = await three(stage)
  const { maria, sam, caller } = all
  await consult(all)
  await maria.close()
  await sam.see('offer', 40) // as one of the queue's
  assert.equal(await sam.text('offer-kind'), 'Incoming call')
  await sam.accept()
  await sam.hears(tones.ann)
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
})
