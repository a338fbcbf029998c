// Removes everything that carries our prefix or lies in our state directory, and nothing else.
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Names } from './names.ts'
import { listNetns, netnsIdentity, removeNetns } from './netns.ts'
import { removeNetwork } from './network.ts'
import { processesIn, signal, until } from './processes.ts'
import { run } from './run.ts'
import { HostState, mountPointsBelow } from './state.ts'

const killTimeoutMs = 10_000

/** May be repeated; works without a running hostd, and on what a killed one left half-made. */
export async function wipe(names: Names, stateDirectory: string): Promise<void> {
  const state = new HostState(stateDirectory)
  const spaces = listNetns(names.prefix).flatMap((name) => netnsIdentity(name) ?? [])
  const inside = () => [
    ...spaces.flatMap((identity) => processesIn('net', identity)),
    ...state.list().flatMap((instance) => state.firstProcess(instance)?.pid ?? []),
  ]
  const isEmpty = await until(() => {
    const found = inside()
    for (const pid of found) if (pid !== process.pid) signal(pid, 'SIGKILL')
    return found.length === 0
  }, killTimeoutMs)
  if (!isEmpty) throw new Error(`processes survive SIGKILL: ${inside().join(' ')}`)

  // Routers first: their links are deleted one by one, all others then go with them.
  for (const name of listNetns(names.prefix)) {
    const vpc = names.vpcOf(name)
    if (vpc) await removeNetwork(names, vpc)
  }
  for (const name of listNetns(names.prefix)) if (names.instanceOf(name) || name === names.internet) await removeNetns(name)

  for (const path of mountPointsBelow(state.directory)) await run(['umount', '--lazy', path])
  // Whatever could not be unmounted must not be emptied from here.
  const left = mountPointsBelow(state.directory)
  if (left.length > 0) throw new Error(`still mounted: ${left.join(' ')}`)
  for (const name of ['instances', 'images', 'entry']) rmSync(join(state.directory, name), { recursive: true, force: true })
  if (existsSync(state.directory) && readdirSync(state.directory).length === 0) rmdirSync(state.directory)
}
