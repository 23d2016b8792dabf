// Waiting for the thing itself, never for a time.

/** Asks until the answer is truthy; fails with what was waited for. */
export async function until(what, ask, seconds = 10) {
  const end = Date.now() + seconds * 1000
  let last
  for (;;) {
    try {
      const answer = await ask()
      if (answer) return answer
      last = answer
    } catch (e) {
      last = e
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`)
    await new Promise((r) => setTimeout(r, 20))
  }
}
