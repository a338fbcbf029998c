// `make demo`: the tutorial from its first heading to its last, for real, with the outages measured. Exit status 0 only when
// each step did what the tutorial says. Leaves nothing behind, also at Ctrl-C; with --keep it stays and says how to go on.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cloud } from '../lab/cloud.ts'
import { type Prober, startProber } from '../lab/prober.ts'
import { createWorld, type World, wipeWorld } from '../lab/world.ts'
import { repeatPowerLosses, showNotifications, testHighAvailability } from './faults.ts'
import { bold, done, heading, mute, remark, summary } from './print.ts'
import { type Configurations, walkTutorial } from './tutorial.ts'

const prefix = 'hvdemo-'
const state = '/var/lib/havip/demo'

const { values: options } = parseArgs({
  options: { seed: { type: 'string' }, keep: { type: 'boolean', default: false }, 'power-losses': { type: 'string', default: '0' } },
})

function configurations(folder: string | undefined): Configurations {
  const from = folder === undefined ? join(import.meta.dirname) : resolve(folder)
  const read = (name: string): string => {
    const path = join(from, name)
    if (!existsSync(path)) throw new Error(`${path} is missing: SEED names a folder with ecs1.keepalived.conf and ecs2.keepalived.conf`)
    return readFileSync(path, 'utf8')
  }
  return { ecs1: read('ecs1.keepalived.conf'), ecs2: read('ecs2.keepalived.conf'), from: folder === undefined ? "the demo's own" : folder }
}

let world: World | undefined
let prober: Prober | undefined
let cleaning: Promise<void> | undefined

function cleanUp(): Promise<void> {
  cleaning ??= (async () => {
    await prober?.stop()
    // A world that was half made when we were interrupted is known by its prefix alone.
    if (world) await world.destroy()
    else await wipeWorld(prefix, state)
  })()
  return cleaning
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    console.log('\ninterrupted: cleaning up')
    mute()
    cleanUp().then(
      () => process.exit(130),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })

async function demo(): Promise<boolean> {
  const started = performance.now()
  const files = configurations(options.seed)
  console.log(bold('How to implement high availability with HAVIPs and keepalived'))
  heading('Starting havip')
  // What an interrupted run may have left.
  await wipeWorld(prefix, state)
  world = await createWorld({ prefix, state })
  done(`hostd (root, pid ${world.hostd().pid}): namespaces, bridges and rules`)
  done(`controller (user havip, pid ${world.controller().pid}): the API at ${world.endpoint}, SQLite`)
  const calls = cloud(world.client)
  const scene = await walkTutorial(calls, files)

  heading('Step 5: Test high availability')
  prober = startProber(world, `http://${scene.eipAddress}/`, 5)
  const stage = { cloud: calls, scene, prober }
  const rows = [...(await testHighAvailability(stage)), ...(await repeatPowerLosses(stage, Number(options['power-losses'])))]

  heading('Notifications')
  await showNotifications(stage)
  await prober.stop()

  heading('Summary')
  summary(rows)
  const fine = rows.every((row) => row.asExpected)
  console.log(
    `\n  ${fine ? 'Each step did what the tutorial says' : 'Not every step did what the tutorial says'}; ${((performance.now() - started) / 1000).toFixed(0)} s in all.`,
  )
  return fine
}

async function howToGoOn(kept: World): Promise<void> {
  heading('Left running')
  const link = await kept.client.call('havip', 'CreateSigninLink')
  done(`console: ${kept.endpoint}${String(link.Path)}   (signs in once, within 15 minutes)`)
  remark(`export HAVIP_ENDPOINT=${kept.endpoint} HAVIP_CREDENTIALS=${kept.credentialsFile}   (as root)`)
  remark('bin/havip havip list          the HAVIP, its owner and its EIP')
  remark('bin/havip ecs list            the instances')
  remark('bin/havip ecs shell ecs-1     a shell in ECS 1; there: havip status, havip explain VI_1')
  remark('bin/havip ecs stop ecs-1 --force   power loss')
  remark(`ip netns exec ${kept.prefix}internet bin/havip probe http://EIP/   who answers, from the Internet's side`)
  remark('make clean                    stops it and removes everything')
}

let status = 1
try {
  status = (await demo()) ? 0 : 1
  if (options.keep && world) await howToGoOn(world)
} catch (error) {
  // What fails after an interruption fails because of it.
  if (!cleaning) console.error(`\ndemo: ${error instanceof Error ? error.message : String(error)}`)
  if (options.keep && world) await howToGoOn(world)
} finally {
  if (!(options.keep && world)) await cleanUp()
}
process.exit(status)
