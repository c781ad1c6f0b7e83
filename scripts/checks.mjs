// The checks that look at the sources without running them. Each is one command, and counts as one test.
import { root } from './run.mjs'

const node = process.execPath
const tool = (file) => `${root}/node_modules/${file}`

/** Format and lint, types, who may import whom. */
export const quickChecks = [
  {
    name: 'format and lint (biome)',
    command: [tool('.bin/biome'), 'check', '--error-on-warnings', '--max-diagnostics=50'],
  },
  { name: 'types (tsc)', command: [node, tool('typescript/bin/tsc'), '--noEmit', '-p', '.'] },
  {
    name: 'boundaries (dependency-cruiser)',
    command: [
      node,
      tool('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      'apps',
      'packages',
      'scripts',
    ],
  },
]

export const checks = [
  ...quickChecks,
  { name: 'dead code (knip)', command: [node, tool('knip/bin/knip.js'), '--no-progress'] },
  { name: 'lock file', command: [node, 'scripts/lock.mjs'] },
  { name: 'source rules', command: [node, 'scripts/source-rules.mjs'] },
  { name: 'names in the documents', command: [node, 'scripts/document-names.mjs'] },
]
