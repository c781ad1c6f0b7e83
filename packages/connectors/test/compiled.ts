import { catalogue } from '../src/catalogue.ts'

// Compiled by catalogue.test.ts: loads every connector and prints what it found.
const found = catalogue.entries.map(async (e) => {
  const described = await catalogue.describe(e.id)
  return [e.id, described?.version, described?.actions.length]
})
console.log(JSON.stringify(await Promise.all(found)))
