// A certificate that nobody has signed but itself.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { temporary } from './temp.js'

/** The files of a certificate for an address, made by the program that comes with Go: {certificate, key}. */
export function certificate(address = '127.0.0.1') {
  const dir = temporary('certificate-')
  const go = (...args) => String(execFileSync('go', args, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, GOFLAGS: '' } })).trim()
  go('run', join(go('env', 'GOROOT'), 'src/crypto/tls/generate_cert.go'), '--host', address, '--ecdsa-curve', 'P256')
  return { certificate: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
}
