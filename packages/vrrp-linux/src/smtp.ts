// The client's half of an SMTP dialogue (RFC 5321 §4.2, §4.5.2), without a connection: text of the server in, text to
// send out.
import type { Mail } from './port.ts'

export type Answer = {
  /** What to send now; may be empty. */
  readonly send: string
  /** `accepted` after the server's good answer to QUIT or to the message; `refused` with the offending reply. */
  readonly outcome: 'open' | 'accepted' | 'refused'
  readonly reply: string
}
export type Dialogue = { receive(text: string): Answer }

type Step = { readonly line: string; readonly expects: number }
/** A server that never ends its reply. */
const replyMax = 65_536

export function createDialogue(mail: Mail): Dialogue {
  const steps: readonly Step[] = [
    { line: '', expects: 220 },
    { line: `HELO ${oneLine(mail.helo)}\r\n`, expects: 250 },
    { line: `MAIL FROM:<${oneLine(mail.from)}>\r\n`, expects: 250 },
    ...mail.to.map((to) => ({ line: `RCPT TO:<${oneLine(to)}>\r\n`, expects: 250 })),
    { line: 'DATA\r\n', expects: 354 },
    { line: messageText(mail), expects: 250 },
    { line: 'QUIT\r\n', expects: 221 },
  ]
  let at = 0
  let pending = ''
  return {
    receive(text) {
      pending += text
      let send = ''
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        const reply = pending.slice(0, end).replace(/\r$/, '')
        pending = pending.slice(end + 1)
        // `250-` goes on, `250 ` or a bare `250` ends a reply.
        if (/^\d{3}-/.test(reply)) continue
        const step = steps[at]
        if (step === undefined) continue
        // The message is accepted before QUIT; a server that is rude about goodbyes has it all the same.
        if (at === steps.length - 1) return { send, outcome: 'accepted', reply }
        // 251: the server forwards for this recipient.
        const code = Number.parseInt(reply, 10)
        if (code !== step.expects && !(step.expects === 250 && code === 251)) return { send: `${send}QUIT\r\n`, outcome: 'refused', reply }
        at++
        send += (steps[at] as Step).line
      }
      if (pending.length > replyMax) return { send, outcome: 'refused', reply: 'reply without end' }
      return { send, outcome: 'open', reply: '' }
    },
  }
}

/** Names come from configuration: a line break in one must not become a command. */
const oneLine = (text: string): string => text.replace(/[\r\n]/g, ' ')

/** Headers, the recipients folded one per line, an empty line, the body with leading dots doubled, and the final dot. */
export function messageText(mail: Mail): string {
  const headers = mail.headers.map(([name, value]) => `${name}: ${oneLine(value)}`)
  headers.push(`To: ${mail.to.map(oneLine).join(',\r\n ')}`)
  const body = mail.body.split(/\r?\n/).map((line) => (line.startsWith('.') ? `.${line}` : line))
  return `${[...headers, '', ...body, '.'].join('\r\n')}\r\n`
}
