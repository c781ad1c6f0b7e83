// Who may import whom. scripts/test/boundaries.test.ts shows each rule failing.
const server = '^apps/server/src'
const protocol = '^packages/protocol/src'
const kit = '^packages/connectors/kit'
const services = '^packages/connectors/src'
const zod = 'node_modules/zod'
const network = ['net', 'tls', 'http', 'https', 'http2', 'dns', 'dns/promises', 'dgram', 'inspector']
const io = [...network, 'fs', 'fs/promises', 'child_process', 'cluster', 'worker_threads', 'readline', 'bun:.*']
const exactly = (names) => `^(node:)?(${names.join('|')})$`
const drivers = 'node_modules/(pg|pg-cursor|redis|@redis)/'
/** Folders of the server that hold what it is about: below HTTP, above the database. */
const domain = `${server}/(actions|agents|approvals|connections|files|jobs|log|people|rules|notify|egress)/`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'protocol-imports-zod-only',
      severity: 'error',
      from: { path: protocol },
      to: { pathNot: [protocol, zod] },
    },
    {
      name: 'client-imports-protocol-and-zod-only',
      severity: 'error',
      from: { path: '^packages/client/src' },
      to: { pathNot: ['^packages/client/src', protocol, zod] },
    },
    {
      name: 'kit-imports-protocol-and-zod-only',
      severity: 'error',
      from: { path: kit },
      to: { pathNot: [kit, protocol, zod] },
    },
    {
      name: 'service-imports-kit-and-zod-only',
      comment: 'A connector is data and pure functions: no I/O, no other service. The phone runs it too.',
      severity: 'error',
      from: { path: `${services}/([^/.]+)`, pathNot: `${services}/(index|catalogue|render)\\.ts$` },
      to: { pathNot: [`${services}/$1(/|\\.ts$)`, kit, protocol, zod] },
    },
    {
      name: 'web-knows-client-and-protocol-only',
      severity: 'error',
      from: { path: '^apps/web/src' },
      to: { path: ['^apps/(?!web/)', '^packages/(?!client/|protocol/)', exactly(io)] },
    },
    {
      name: 'server-knows-no-client',
      severity: 'error',
      from: { path: server, pathNot: `${server}/generated/` },
      to: { path: ['^apps/(?!server/)', '^packages/client/'] },
    },
    {
      name: 'command-line-takes-four-things-of-the-server',
      comment:
        'It runs a server, sets one up, examines an installation, and verifies an export. Everything else goes through the API.',
      severity: 'error',
      from: { path: '^apps/cli/src' },
      to: { path: server, pathNot: `${server}/(serve|data-dir|doctor/examine|log/verify)\\.ts$` },
    },
    {
      name: 'domain-knows-no-http',
      comment: 'HTTP calls the domain. Only who calls (caller.ts), and types, go the other way.',
      severity: 'error',
      from: { path: `${domain}|${server}/db/` },
      to: { path: `${server}/http/`, pathNot: `${server}/http/caller\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'database-knows-no-domain',
      severity: 'error',
      from: { path: `${server}/db/` },
      to: { path: domain, pathNot: `${server}/log/(seal|keys)\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-does-no-io',
      comment: 'Matching rules, hashing the tree and reading the configuration are functions of their arguments.',
      severity: 'error',
      from: { path: `${server}/(rules/match|log/tree|config/(?!env\\.ts))` },
      to: { path: [exactly(io), `${server}/(db|egress|http)/(?!schema/)`, drivers], reachable: true },
    },
    {
      name: 'only-egress-reaches-the-network',
      severity: 'error',
      // The server's own database, and the search for a free port, are no way out.
      from: {
        path: '^(apps/server/src|packages/)',
        pathNot: [`${server}/egress/`, `${server}/(db/(open|copy-lock)|serve)\\.ts$`, '/test/'],
      },
      to: {
        path: [exactly(network), drivers],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'only-who-may-open-imports-the-vault',
      comment: 'The vault is handed out by the context; what it opens is asked for in four places (source rules).',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: [`${server}/context\\.ts$`, `${server}/connections/`, '/test/'] },
      to: { path: `${server}/connections/(vault|secret)\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sources-know-no-tests',
      severity: 'error',
      from: { path: '^(apps|packages)/', pathNot: '/test/' },
      to: { path: '^(apps|packages)/[^/]+/test/' },
    },
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or three.',
      severity: 'error',
      from: { path: '^(apps|packages)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'what-runs-declares-what-it-needs',
      severity: 'error',
      from: { path: '^(apps|packages)/[^/]+/(src|kit)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
        // The builder of the web app is the workspace's own.
        pathNot: 'node_modules/vite/',
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^(apps|packages|scripts)/' },
      to: { couldNotResolve: true, pathNot: '^bun(:|$)' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'apps/web/dist' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
