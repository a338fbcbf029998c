// One message to one mail server, in the plain SMTP that keepalived speaks: HELO, MAIL FROM, RCPT TO, DATA, QUIT; no TLS,
// no authentication. Mails are rare, so the network modules are loaded with the first one.
import type { Socket } from 'node:net'
import { fail, ok, type Result } from '@havip/base'
import type { HostFault, Mail } from './port.ts'
import { createDialogue, type Dialogue } from './smtp.ts'

/** The whole dialogue may take this many times what connecting, and each reply, may. */
const wholeDialogueFactor = 10

export type Mailer = { send(mail: Mail, done: (result: Result<void, HostFault>) => void): void; close(): void }

export function createMailer(): Mailer {
  const open = new Set<Socket>()
  return {
    send: (mail, done) => void start(mail, done, open),
    close: () => {
      for (const socket of open) socket.destroy()
    },
  }
}

async function start(mail: Mail, done: (result: Result<void, HostFault>) => void, open: Set<Socket>): Promise<void> {
  const { connect } = await import('node:net')
  const where = `${mail.server.host}:${mail.server.port}`
  const dialogue: Dialogue = createDialogue(mail)
  const socket = connect({ host: mail.server.host, port: mail.server.port })
  open.add(socket)
  let isDone = false
  const finish = (result: Result<void, HostFault>): void => {
    if (isDone) return
    isDone = true
    clearTimeout(limit)
    open.delete(socket)
    socket.destroy()
    done(result)
  }
  const timedOut = (): void => finish(fail({ call: 'connect', errno: 'ETIMEDOUT', detail: `${where}: no answer in time` }))
  const limit = setTimeout(timedOut, wholeDialogueFactor * mail.connectTimeout)
  socket.setTimeout(mail.connectTimeout, timedOut)
  socket.setEncoding('latin1')
  socket.on('error', (error: NodeJS.ErrnoException) => {
    finish(fail({ call: error.syscall ?? 'connect', errno: error.code ?? 'EIO', detail: `${where}: ${error.message}` }))
  })
  socket.on('data', (text: string) => {
    const answer = dialogue.receive(text)
    if (answer.send !== '') socket.write(answer.send)
    if (answer.outcome === 'accepted') finish(ok(undefined))
    if (answer.outcome === 'refused') finish(fail({ call: 'smtp', errno: 'EPROTO', detail: `${where}: ${answer.reply}` }))
  })
  socket.on('close', () => finish(fail({ call: 'smtp', errno: 'ECONNRESET', detail: `${where}: closed in the middle` })))
}
