// The controller's program: read options, build the parts, listen, stop.
import { runBackupCommand } from './backup-command.ts'
import { run } from './run.ts'

const argv = process.argv.slice(2)
try {
  if (!(await runBackupCommand(argv))) await run(argv)
} catch (error) {
  process.stderr.write(`controller: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
