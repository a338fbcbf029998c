// The demo's mail server: accepts every message on port 25 and appends its head to the file named first.
import { appendFileSync } from 'node:fs'
import { SMTPServer } from 'smtp-server'

const file = process.argv[2]
if (file === undefined) throw new Error('name the file to append to')
/** A message longer than this is refused; the daemon's have a few hundred bytes. */
const messageBytesMax = 64 * 1024

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  size: messageBytesMax,
  onData(stream, session, callback) {
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      if (text.length < messageBytesMax) text += chunk
    })
    stream.on('end', () => {
      const subject = /^Subject: (.*)$/im.exec(text)?.[1]?.trim() ?? ''
      const to = session.envelope.rcptTo.map((recipient) => recipient.address)
      appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), from: session.remoteAddress, to, subject })}\n`)
      callback()
    })
  },
})
server.listen(25)
