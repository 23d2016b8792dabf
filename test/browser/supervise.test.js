// A supervisor comes into a talk.
import assert from 'node:assert/strict'
import { three } from './lib/parties.js'
import { story } from './lib/story.js'

story('a supervisor listens, whispers, takes part and takes over, from the floor and by the keyboard', {}, async (stage) => {
  const { maria, sam, caller, parties } = await three(stage)
  const keys = sam.page.keyboard
  await keys.press('f')
  await sam.page.click('[data-testid="floor-agent-maria"] button')
  await sam.click('agent-listen')
  await sam.see('call')
  assert.match(await sam.text('call-state'), /Listening to Maria Lopez and the caller/)
  await parties.hear('listening', { ann: 'maria', maria: 'ann', sam: 'ann+maria' })
  assert.equal(await maria.has('parties'), false, 'maria does not see who listens')
  await keys.press('p')
  await parties.hear('whispering', { ann: 'maria', maria: 'ann+sam', sam: 'ann+maria' })
  await keys.press('j')
  await parties.hear('taking part', { ann: 'maria+sam', maria: 'ann+sam', sam: 'ann+maria' })
  assert.equal(await maria.text('party-sam-how'), 'hears ann and you')
  await keys.press('l')
  await parties.hear('listening again', { ann: 'maria', maria: 'ann', sam: 'ann+maria' })
  await keys.press('e')
  await sam.click('end-confirm')
  await sam.gone('call')
  await sam.stands('ready')
  await keys.press('f')
  await sam.page.click('[data-testid="floor-agent-maria"] button')
  await sam.click('agent-take-over')
  await maria.see('wrapup')
  await parties.hear('taken over', { ann: 'sam', sam: 'ann' })
  await sam.see('call-hold')
  await sam.endCall()
  await caller.over(20)
  await caller.stop()
  parties.caller_heard()
})
