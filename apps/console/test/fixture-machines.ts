// The machines of the fixture: scripts run for real, in a folder of their own for each instance; keepalived is a file that says "running".
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Ran = { readonly status: number; readonly output: string }

/** Understands what the console and the tutorial ask of it. */
const systemctl = `#!/bin/sh
run="$HAVIP_ROOT/run-keepalived"
for word; do case $word in start|stop|reload|is-active) verb=$word;; esac; done
case $verb in
  start) touch "$run";;
  stop) rm -f "$run";;
  reload) test -e "$run";;
  is-active) test -e "$run";;
esac
`

export class Machines {
  readonly #root = mkdtempSync(join(tmpdir(), 'havip-console-'))

  #folder(instance: string): string {
    const folder = join(this.#root, instance)
    if (!existsSync(folder)) {
      mkdirSync(join(folder, 'bin'), { recursive: true })
      mkdirSync(join(folder, 'etc'))
      writeFileSync(join(folder, 'bin/systemctl'), systemctl, { mode: 0o755 })
    }
    return folder
  }

  run(instance: string, script: string, hostName = instance): Promise<Ran> {
    const folder = this.#folder(instance)
    const child = spawn(
      'sh',
      ['-c', script.replaceAll('/etc/keepalived', `${folder}/etc/keepalived`).replaceAll('$(hostname)', hostName)],
      {
        cwd: folder,
        env: { PATH: `${folder}/bin:${process.env.PATH}`, HAVIP_ROOT: folder, HOME: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    child.stderr.on('data', (data) => {
      output += data
    })
    return new Promise((resolve) =>
      child.on('close', (status) => resolve({ status: status ?? 1, output: output.replaceAll(`${folder}/etc`, '/etc') })),
    )
  }

  hasDaemon(instance: string): boolean {
    return existsSync(join(this.#folder(instance), 'run-keepalived'))
  }
  setDaemon(instance: string, isRunning: boolean): void {
    const path = join(this.#folder(instance), 'run-keepalived')
    if (isRunning) writeFileSync(path, '')
    else rmSync(path, { force: true })
  }
  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}
