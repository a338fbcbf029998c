// Removes one world, by its prefix and its state folder: `node tools/lab/wipe.ts PREFIX FOLDER`. Ends its services first.
import { wipeWorld } from './world.ts'

const [prefix, state] = process.argv.slice(2)
if (prefix === undefined || state === undefined) {
  console.error('usage: wipe.ts PREFIX FOLDER')
  process.exit(1)
}
await wipeWorld(prefix, state)
