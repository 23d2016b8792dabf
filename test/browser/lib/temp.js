// Directories that a story works in. They outlast the thing that wrote them, for what it left is measured then; they go
// when the story ends, at the latest with the process.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made = new Set()

/** A new directory whose name begins so. */
export function temporary(prefix) {
  const dir = mkdtempSync(join(tmpdir(), prefix))
  made.add(dir)
  return dir
}

/** Removes every such directory. */
export function clear() {
  for (const dir of made) rmSync(dir, { recursive: true, force: true, maxRetries: 3 })
  made.clear()
}

process.once('exit', clear)
