// What a daemon tells the world of its states: the scripts it ran with their arguments, the lines of its FIFOs, the mails it
// sent. For tests that drive havipd and keepalived through the same faults and compare.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../tools/lab/processes.ts'
import type { Node } from '../../tools/lab/segment.ts'

export type Told = {
  /** The state words of each specific script, by its first argument (the instance), in the order of their start. */
  readonly specific: Readonly<Record<string, readonly string[]>>
  /** What `notify` was given, by name: `MASTER 100`. */
  readonly generic: Readonly<Record<string, readonly string[]>>
  /** All lines, in order. */
  readonly fifo: readonly string[]
  readonly vrrpFifo: readonly string[]
  /** Subjects, by instance or group, in order of the sequence of states. */
  readonly mails: Readonly<Record<string, readonly string[]>>
}

export type Ear = {
  /** For the configuration. */
  readonly script: string
  readonly fifo: string
  readonly vrrpFifo: string
  readonly mailPort: number
  /** Call once the daemon is up. */
  listen(): Promise<void>
  told(): Told
  close(): void
}

const mailPort = 2525
/** Each call leaves a file of its own, named by the time of its start: appending to one file would mix lines. */
const scriptText = (folder: string): string => `#!/bin/bash
umask 022
printf '%s\\n' "$*" > "${folder}/$EPOCHREALTIME.$$"
`

/** A mail server that accepts everything and prints one line for each subject. */
const mailServer = `
require('node:net').createServer((socket) => {
  let inData = false, text = ''
  socket.on('error', () => {})
  socket.write('220 ready\\r\\n')
  socket.on('data', (data) => {
    text += data
    for (let end = text.indexOf('\\r\\n'); end >= 0; end = text.indexOf('\\r\\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 2)
      if (inData) {
        if (line.startsWith('Subject: ')) console.log(Date.now() + ' ' + line.slice(9))
        if (line !== '.') continue
        inData = false
        socket.write('250 queued\\r\\n')
      } else if (line === 'DATA') { inData = true; socket.write('354 go\\r\\n') }
      else if (line === 'QUIT') socket.end('221 bye\\r\\n')
      else socket.write('250 ok\\r\\n')
    }
  })
}).listen(${mailPort}, '127.0.0.1', () => console.log('listening'))
`

export function createEar(node: Node): Ear {
  const calls = join(node.folder, 'calls')
  rmSync(calls, { recursive: true, force: true })
  mkdirSync(calls, { mode: 0o777 })
  const script = join(node.folder, 'told.sh')
  writeFileSync(script, scriptText(calls))
  chmodSync(script, 0o755)
  const fifo = join(node.folder, 'all.fifo')
  const vrrpFifo = join(node.folder, 'vrrp.fifo')
  for (const path of [fifo, vrrpFifo]) {
    rmSync(path, { force: true })
    // keepalived leaves one that was there before it where it is, at a reload too.
    execFileSync('mkfifo', [path])
  }
  const children: ChildProcess[] = []
  const texts = new Map<string, string>()
  const collect = (name: string, argv: readonly string[]): void => {
    const [program, ...rest] = argv as [string, ...string[]]
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'ignore'] })
    children.push(child)
    texts.set(name, texts.get(name) ?? '')
    child.stdout?.on('data', (data: Buffer) => texts.set(name, (texts.get(name) ?? '') + data.toString()))
  }
  collect('mail', node.inside([process.execPath, '-e', mailServer]))
  const linesOf = (name: string): string[] => (texts.get(name) ?? '').split('\n').slice(0, -1)

  return {
    script,
    fifo,
    vrrpFifo,
    mailPort,
    listen: async () => {
      await until('the mail server listens', () => (linesOf('mail').includes('listening') ? true : undefined))
      // Open for writing as well: no end of file comes while the daemon opens it anew.
      for (const path of [fifo, vrrpFifo]) collect(path, ['bash', '-c', 'exec 3<>"$0"; exec cat <&3', path])
    },
    told: () => {
      const specific: Record<string, string[]> = {}
      const generic: Record<string, string[]> = {}
      for (const file of readdirSync(calls).sort()) {
        const words = readFileSync(join(calls, file), 'utf8').trim().split(' ')
        const [kind = '', name = '', ...rest] = words
        if (kind === 'INSTANCE' || kind === 'GROUP') append(generic, `${kind} ${name}`, rest.join(' '))
        else append(specific, kind, words.slice(1).join(' '))
      }
      const mails: Record<string, string[]> = {}
      for (const line of linesOf('mail')) {
        const [, subject, event] = /(VRRP (?:Instance|Group) \S+) - (.*)$/.exec(line) ?? []
        if (subject !== undefined) append(mails, subject, event ?? '')
      }
      return { specific, generic, fifo: linesOf(fifo), vrrpFifo: linesOf(vrrpFifo), mails }
    },
    close: () => {
      for (const child of children) child.kill()
    },
  }
}

export function append(lists: Record<string, string[]>, key: string, value: string): void {
  const list = lists[key]
  if (list) list.push(value)
  else lists[key] = [value]
}
