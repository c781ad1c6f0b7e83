// The service as a process of its own: main.ts <journal file> <port, 0 for any> <slowest answer in ms>. Its first line on stdout is its port.
import { Journal } from './journal.ts'
import { startDepot } from './service.ts'

const [file, port, slowest] = process.argv.slice(2)
if (file === undefined) throw new Error('usage: main.ts JOURNAL PORT SLOWEST')
const depot = await startDepot(new Journal(file), Number(port), Number(slowest))
console.log(JSON.stringify({ port: depot.port }))
// Whoever started this holds the other end of stdin: it ends with them.
process.stdin.on('end', () => process.exit(1)).resume()
