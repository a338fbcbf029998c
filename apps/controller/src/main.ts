// The controller's program: read options, build the parts, listen, stop.
import { run } from './run.ts'

await run(process.argv.slice(2))
