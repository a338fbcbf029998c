// havip-agent: the daemon towards a management system, in a process of its own. The daemon starts it with one JSON argument and
// keeps its standard input open; when that ends, so does this.
import type { DbusOptions } from './dbus.ts'

async function main(kind: string | undefined, options: string | undefined): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`)
  process.stdin.resume()
  process.stdin.on('end', () => process.exit(0))
  if (kind !== 'dbus' || options === undefined) {
    process.stderr.write('havip-agent is started by havipd, for enable_dbus\n')
    process.exitCode = 1
    process.stdin.destroy()
    return
  }
  const { runDbus } = await import('./dbus.ts')
  runDbus(JSON.parse(options) as DbusOptions, say, (status) => process.exit(status))
}

if (import.meta.main) await main(process.argv[2], process.argv[3])
