// Where the pinned Bun is: npm puts the one for this machine under node_modules/@oven.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Names of the packages that may fit, best first. Without AVX2 only the baseline build runs. */
function names() {
  const { platform } = process
  const os = platform === 'win32' ? 'windows' : platform
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  const libc = platform === 'linux' && isMusl() ? '-musl' : ''
  const plain = `bun-${os}-${arch}${libc}`
  if (arch !== 'x64') return [plain]
  return hasAvx2() ? [plain, `${plain}-baseline`] : [`${plain}-baseline`, plain]
}

function isMusl() {
  if (!process.report) return false
  process.report.excludeNetwork = true // it would look names up
  return process.report.getReport().header.glibcVersionRuntime === undefined
}

function hasAvx2() {
  if (process.platform !== 'linux') return true
  try {
    return /\bavx2\b/.test(fs.readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return true
  }
}

/** The Bun executable, or an error that says what to do. */
export function bunPath() {
  const file = process.platform === 'win32' ? 'bun.exe' : 'bun'
  const wanted = names()
  for (const name of wanted) {
    for (let dir = root; ; dir = path.dirname(dir)) {
      const found = path.join(dir, 'node_modules', '@oven', name, 'bin', file)
      if (fs.existsSync(found)) return found
      if (dir === path.dirname(dir)) break
    }
  }
  throw new Error(
    `Bun for this machine (@oven/${wanted[0]}) is not installed. Run npm install in ${root}, without --omit=optional.`,
  )
}

/** Flags before a script: nothing of the folder that we are started in becomes part of our program. */
export const safeFlags = [
  '--no-env-file',
  `--config=${process.platform === 'win32' ? 'NUL' : '/dev/null'}`,
  '--no-install',
]
