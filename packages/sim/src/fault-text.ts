// The small language of `--fault`: `kill ecs1 @5s`, `cut ecs1->ecs2 for 3s @10s`, `loss 10% @0s`. One fault a line; a mistake
// is answered with its place and with what would be right. docs: `faultLanguage` below.
import { fail, type Milliseconds, milliseconds, ok, parseIp, type Result } from '@havip/base'
import { formatDuration, parseDuration } from './duration.ts'
import { canLast, type Fault, type HostilePacket, hostilePackets, mustLast, type TimedFault } from './fault.ts'
import { nearest } from './nearest.ts'
import type { Behaviour } from './world.ts'

/** `start` and `end`: offsets in the text. */
export type FaultTextError = { readonly message: string; readonly start: number; readonly end: number }

/** Every form, with a sentence; help and reference are made from it. */
export const faultLanguage: readonly { readonly form: string; readonly meaning: string }[] = [
  { form: 'power-loss NODE [for TIME]', meaning: 'The machine is dark at once. With `for` it boots again afterwards.' },
  {
    form: 'kill NODE [for TIME]',
    meaning: 'SIGKILL to the daemon; a spare goes on, or after the third death in 10 s its guard removes the addresses.',
  },
  { form: 'stop NODE [for TIME]', meaning: 'SIGTERM to the daemon. With `for` it is started again.' },
  { form: 'start NODE', meaning: 'Switches the machine on if need be and starts the daemon.' },
  { form: 'freeze NODE for TIME', meaning: 'SIGSTOP to the daemon; the kernel goes on answering.' },
  { form: 'pause NODE for TIME', meaning: 'The whole machine stands still, as a paused virtual machine.' },
  { form: 'cut A-B [for TIME]', meaning: 'No packet passes between the two; `A->B` cuts one direction. Clients have names too.' },
  { form: 'isolate NODE [for TIME]', meaning: 'Cuts the machine off from everybody.' },
  { form: 'heal [A-B]', meaning: 'Takes back cuts and conditions.' },
  { form: 'loss N% [A->B | A] [for TIME]', meaning: 'That share of the packets gets lost; likewise `duplicate N%` and `reorder N%`.' },
  { form: 'delay TIME [A->B | A] [for TIME]', meaning: 'One-way delay; likewise `jitter TIME`.' },
  { form: 'link NODE INTERFACE down|up [for TIME]', meaning: 'Carrier of an interface.' },
  { form: 'flap NODE INTERFACE N times every TIME', meaning: 'Carrier down and up again, N times.' },
  {
    form: 'script NAME [on NODE] fails [with N] | succeeds | hangs | takes TIME [for TIME]',
    meaning: 'What a check or notify script does from now on; NAME is its name, path or command line.',
  },
  {
    form: 'process NODE NAME stops | starts | runs N times [for TIME]',
    meaning: 'How many of a tracked program run; NAME is that of its vrrp_track_process, or its command line.',
  },
  { form: 'address-removed NODE ADDRESS', meaning: 'Somebody else on the machine removes the address.' },
  { form: 'reload NODE [FILE]', meaning: 'SIGHUP, after the file was put in the place of the configuration.' },
  {
    form: 'switchover NODE [INSTANCE] [back]',
    meaning: 'What `havip switchover` does there: the machine gives its addresses to the other one; `back` takes them back.',
  },
  { form: "write NODE FILE 'TEXT'", meaning: 'Writes a file on the machine, e.g. a tracked one.' },
  { form: 'clock NODE +TIME|-TIME', meaning: 'Sets the wall clock forwards or back.' },
  {
    form: 'hostile PACKET [N times [every TIME]]',
    meaning: `A stranger sends packets for the virtual router: ${hostilePackets.join(', ')}.`,
  },
]

type Token = { readonly text: string; readonly start: number; readonly end: number }
class Mistake extends Error {
  readonly at: FaultTextError
  constructor(message: string, at: { readonly start: number; readonly end: number }) {
    super(message)
    this.at = { message, start: at.start, end: at.end }
  }
}

/** `names`: machines and clients that exist; names are only checked when they are given. */
export function parseFault(text: string, names?: readonly string[]): Result<TimedFault, FaultTextError> {
  try {
    return ok(new Reader(text, names).read())
  } catch (error) {
    if (error instanceof Mistake) return fail(error.at)
    throw error
  }
}

class Reader {
  readonly #text: string
  readonly #names: readonly string[] | undefined
  #tokens: readonly Token[]
  #next = 0

  constructor(text: string, names: readonly string[] | undefined) {
    this.#text = text
    this.#names = names
    this.#tokens = tokensOf(text)
  }

  read(): TimedFault {
    const at = this.#takeTime()
    const lasts = this.#takeFor()
    const verb = this.#word('a fault, such as `kill ecs1 @5s`')
    const fault = this.#fault(verb)
    const extra = this.#tokens[this.#next]
    if (extra) throw new Mistake(`“${extra.text}” is too much here; ${formOf(verb.text)}`, extra)
    if (lasts && !canLast(fault)) throw new Mistake(`a “${verb.text}” is over at once and cannot last`, lasts.token)
    if (!lasts && mustLast(fault)) throw new Mistake(`how long? Write “${this.#text.replace(/\s*@.*$/, '')} for 5s”`, verb)
    return { at, fault, lasts: lasts?.time }
  }

  /** `@5s` may stand anywhere; nothing means at the beginning. */
  #takeTime(): Milliseconds {
    const found = this.#tokens.find((token) => token.text.startsWith('@'))
    if (!found) return milliseconds(0)
    this.#tokens = this.#tokens.filter((token) => token !== found)
    const again = this.#tokens.find((token) => token.text.startsWith('@'))
    if (again) throw new Mistake('a fault happens at one time; there are two here', again)
    return duration(found, found.text.slice(1))
  }

  /** `for 5s` is always the end. */
  #takeFor(): { readonly time: Milliseconds; readonly token: Token } | undefined {
    const at = this.#tokens.findLastIndex((token) => token.text === 'for')
    if (at < 1) return undefined
    const word = this.#tokens[at] as Token
    const time = this.#tokens[at + 1]
    if (!time) throw new Mistake('for how long? Write “for 5s”', word)
    this.#tokens = this.#tokens.filter((_, i) => i !== at && i !== at + 1)
    return { time: duration(time), token: word }
  }

  #fault(verb: Token): Fault {
    switch (verb.text) {
      case 'power-loss':
      case 'kill':
      case 'stop':
      case 'start':
      case 'freeze':
      case 'pause':
      case 'isolate':
        return { kind: verb.text, node: this.#name('a machine') }
      case 'cut': {
        const { a, b, oneWay } = this.#path('which way? Write “cut A-B” or “cut A->B”')
        return { kind: 'cut', from: a, to: b, oneWay }
      }
      case 'heal': {
        if (!this.#peek()) return { kind: 'heal', between: undefined }
        const { a, b } = this.#path('between whom? Write “heal A-B”')
        return { kind: 'heal', between: [a, b] }
      }
      case 'loss':
      case 'duplicate':
      case 'reorder': {
        const share = percent(this.#word(`a share, as “${verb.text} 10%”`))
        return { kind: 'conditions', change: { [verb.text]: share }, ...this.#direction() }
      }
      case 'delay':
      case 'jitter': {
        const time = duration(this.#word(`a time, as “${verb.text} 20ms”`))
        return { kind: 'conditions', change: { [verb.text]: time }, ...this.#direction() }
      }
      case 'link': {
        const node = this.#name('a machine')
        const name = this.#word('an interface, as eth0').text
        return { kind: 'link', node, interface: name, isUp: this.#oneOf(['down', 'up']) === 'up' }
      }
      case 'flap': {
        const node = this.#name('a machine')
        const name = this.#word('an interface, as eth0').text
        const times = this.#times() ?? 1
        return { kind: 'flap', node, interface: name, times, every: this.#every() ?? milliseconds(1000) }
      }
      case 'script':
        return this.#script()
      case 'process': {
        const node = this.#name('a machine')
        const program = this.#word('a program').text
        return { kind: 'process', node, program, count: this.#count() }
      }
      case 'address-removed': {
        const node = this.#name('a machine')
        const token = this.#word('the address')
        const address = parseIp(token.text)
        if (!address.ok) throw new Mistake(`“${token.text}” is not an address`, token)
        return { kind: 'address-removed', node, address: address.value }
      }
      case 'reload': {
        const node = this.#name('a machine')
        const file = this.#peek() ? this.#word('a file').text : undefined
        return { kind: 'reload', node, file }
      }
      case 'switchover': {
        const node = this.#name('a machine')
        const instance = this.#peek() && this.#peek()?.text !== 'back' ? this.#word('an instance').text : undefined
        const isReturn = this.#peek() !== undefined && this.#oneOf(['back']) === 'back'
        return { kind: 'switchover', node, instance, isReturn }
      }
      case 'write': {
        const node = this.#name('a machine')
        const file = this.#word('a file').text
        return { kind: 'write', node, file, text: this.#word('the text').text }
      }
      case 'clock': {
        const node = this.#name('a machine')
        const token = this.#word('how far, as +30s or -30s')
        const sign = token.text[0]
        if (sign !== '+' && sign !== '-') throw new Mistake('forwards or back? Write +30s or -30s', token)
        const size = duration(token, token.text.slice(1))
        return { kind: 'clock-step', node, by: milliseconds(sign === '-' ? -size : size) }
      }
      case 'hostile': {
        const packet = this.#oneOf(hostilePackets) as HostilePacket
        return { kind: 'hostile', packet, times: this.#times() ?? 1, every: this.#every() ?? milliseconds(10) }
      }
      default: {
        const known = faultLanguage.map(({ form }) => form.split(' ')[0] as string)
        const close = nearest(verb.text, [...known, 'duplicate', 'reorder', 'jitter'])
        throw new Mistake(
          `there is no fault “${verb.text}”${close ? `; did you mean “${close}”?` : `; there are: ${known.join(', ')}`}`,
          verb,
        )
      }
    }
  }

  #script(): Fault {
    const program = this.#word('a script').text
    let node: string | undefined
    if (this.#peek()?.text === 'on') {
      this.#next++
      node = this.#name('a machine')
    }
    return { kind: 'script', node, program, behaviour: this.#behaviour() }
  }

  #count(): number {
    const how = this.#oneOf(['stops', 'starts', 'runs'])
    if (how !== 'runs') return how === 'stops' ? 0 : 1
    const token = this.#word('how many, as “runs 2 times”')
    const count = Number(token.text)
    if (!Number.isInteger(count) || count < 0 || count > 1000) throw new Mistake('0 to 1000 of them may run', token)
    if (this.#peek()?.text === 'times') this.#next++
    return count
  }

  #behaviour(): Behaviour {
    const zero = milliseconds(2)
    switch (this.#oneOf(['fails', 'succeeds', 'hangs', 'takes'])) {
      case 'fails': {
        if (this.#peek()?.text !== 'with') return { kind: 'exits', status: 1, after: zero }
        this.#next++
        if (this.#peek()?.text === 'status') this.#next++
        const token = this.#word('an exit status')
        const status = Number(token.text)
        if (!Number.isInteger(status) || status < 1 || status > 255) throw new Mistake('a failing exit status is 1 to 255', token)
        return { kind: 'exits', status, after: zero }
      }
      case 'hangs':
        return { kind: 'hangs' }
      case 'takes':
        return { kind: 'exits', status: 0, after: duration(this.#word('a time, as 300ms')) }
      default:
        return { kind: 'exits', status: 0, after: zero }
    }
  }

  /** `A->B`, `A-B`, `A <-> B`, `A - B`; names may contain hyphens, so known names decide where to cut. */
  #path(question: string): { readonly a: string; readonly b: string; readonly oneWay: boolean } {
    const first = this.#word(question)
    const rest = this.#tokens.slice(this.#next)
    this.#next = this.#tokens.length
    const text = [first, ...rest].map((token) => token.text).join(' ')
    const whole = { start: first.start, end: (rest.at(-1) ?? first).end }
    const arrow = /^(.+?)\s*(->|<->|→|↔)\s*(.+)$/.exec(text) ?? /^(\S+)\s+(-|and|to)\s+(\S+)$/.exec(text)
    const cuts = arrow ? [[arrow[1], arrow[3]] as [string, string]] : hyphenCuts(text)
    const fitting = cuts.find(([a, b]) => this.#knows(a) && this.#knows(b)) ?? cuts[0]
    if (!fitting) throw new Mistake(question, whole)
    const [a, b] = fitting
    for (const name of [a, b]) this.#check(name, whole)
    if (a === b) throw new Mistake(`“${a}” always hears itself`, whole)
    return { a, b, oneWay: arrow?.[2] === '->' || arrow?.[2] === '→' }
  }

  #direction(): { readonly from: string | undefined; readonly to: string | undefined } {
    const token = this.#peek()
    if (!token) return { from: undefined, to: undefined }
    const hasArrow = this.#tokens.slice(this.#next).some((one) => /->|→/.test(one.text))
    if (!hasArrow) return { from: this.#name('a machine'), to: undefined }
    const { a, b } = this.#path('which way? Write “A->B”')
    return { from: a, to: b }
  }

  #times(): number | undefined {
    const token = this.#peek()
    if (!token || !/^\d+$/.test(token.text)) return undefined
    this.#next++
    if (this.#peek()?.text === 'times') this.#next++
    const count = Number(token.text)
    if (count < 1 || count > 100_000) throw new Mistake('1 to 100000 times', token)
    return count
  }

  #every(): Milliseconds | undefined {
    if (this.#peek()?.text !== 'every') return undefined
    this.#next++
    return duration(this.#word('a time, as “every 100ms”'))
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  #word(what: string): Token {
    const token = this.#tokens[this.#next]
    if (!token) throw new Mistake(`here ${what} is missing`, { start: this.#text.length, end: this.#text.length + 1 })
    this.#next++
    return token
  }

  #oneOf(words: readonly string[]): string {
    const token = this.#word(`one of ${words.join(', ')}`)
    if (words.includes(token.text)) return token.text
    const close = nearest(token.text, words)
    throw new Mistake(`“${token.text}” is none of ${words.join(', ')}${close ? `; did you mean “${close}”?` : ''}`, token)
  }

  #knows(name: string): boolean {
    return this.#names === undefined || this.#names.includes(name)
  }

  #name(what: string): string {
    const token = this.#word(what)
    this.#check(token.text, token)
    return token.text
  }

  #check(name: string, at: { readonly start: number; readonly end: number }): void {
    if (this.#knows(name)) return
    const close = nearest(name, this.#names ?? [])
    throw new Mistake(`nobody is called “${name}”${close ? `; did you mean “${close}”?` : `; there are: ${this.#names?.join(', ')}`}`, at)
  }
}

const formOf = (verb: string): string => {
  const found = faultLanguage.find(({ form }) => form.startsWith(`${verb} `) || form === verb)
  return found ? `the form is “${found.form}”` : 'nothing may follow'
}

function hyphenCuts(text: string): [string, string][] {
  const cuts: [string, string][] = []
  for (let i = text.indexOf('-'); i >= 0; i = text.indexOf('-', i + 1)) {
    if (i > 0 && i < text.length - 1) cuts.push([text.slice(0, i), text.slice(i + 1)])
  }
  return cuts
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(/'([^']*)'|"([^"]*)"|[^\s'"]+/g)) {
    tokens.push({ text: match[1] ?? match[2] ?? match[0], start: match.index, end: match.index + match[0].length })
  }
  return tokens
}

function duration(token: Token, text = token.text): Milliseconds {
  const parsed = parseDuration(text)
  if (parsed.ok) return parsed.value
  const hint = /^\d+(\.\d+)?$/.test(text) ? `; write ${text}s or ${text}ms` : '; write it as 5s, 200ms or 1m30s'
  throw new Mistake(`“${text}” is not a length of time${hint}`, token)
}

function percent(token: Token): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(token.text)
  const share = match ? Number(match[1]) / 100 : Number.NaN
  if (!(share >= 0 && share <= 1)) throw new Mistake(`“${token.text}” is not a share; write it as 10%`, token)
  return share
}

/** The text that `parseFault` reads back to the same fault. */
export function formatFault({ at, fault, lasts }: TimedFault): string {
  return `${describeFault(fault)}${lasts === undefined ? '' : ` for ${formatDuration(lasts)}`} @${formatDuration(at)}`
}

/** Without the time: what the report calls it. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'cut':
      return `cut ${fault.from}${fault.oneWay ? '->' : '<->'}${fault.to}`
    case 'heal':
      return fault.between ? `heal ${fault.between[0]}<->${fault.between[1]}` : 'heal'
    case 'link':
      return `link ${fault.node} ${fault.interface} ${fault.isUp ? 'up' : 'down'}`
    case 'flap':
      return `flap ${fault.node} ${fault.interface} ${fault.times} times every ${formatDuration(fault.every)}`
    case 'conditions':
      return describeConditions(fault)
    case 'script':
      return `script ${quoted(fault.program)}${fault.node ? ` on ${fault.node}` : ''} ${describeBehaviour(fault.behaviour)}`
    case 'process':
      return `process ${fault.node} ${quoted(fault.program)} ${fault.count === 0 ? 'stops' : fault.count === 1 ? 'starts' : `runs ${fault.count} times`}`
    case 'address-removed':
      return `address-removed ${fault.node} ${fault.address}`
    case 'reload':
      return `reload ${fault.node}${fault.file === undefined ? '' : ` ${quoted(fault.file)}`}`
    case 'switchover':
      return `switchover ${fault.node}${fault.instance === undefined ? '' : ` ${quoted(fault.instance)}`}${fault.isReturn ? ' back' : ''}`
    case 'write':
      return `write ${fault.node} ${quoted(fault.file)} ${quoted(fault.text)}`
    case 'clock-step':
      return `clock ${fault.node} ${fault.by < 0 ? '-' : '+'}${formatDuration(Math.abs(fault.by))}`
    case 'hostile':
      return `hostile ${fault.packet} ${fault.times} times every ${formatDuration(fault.every)}`
    default:
      return `${fault.kind} ${fault.node}`
  }
}

function describeConditions(fault: Fault & { readonly kind: 'conditions' }): string {
  const path = fault.from === undefined ? '' : fault.to === undefined ? ` ${fault.from}` : ` ${fault.from}->${fault.to}`
  const [name, value] = Object.entries(fault.change)[0] ?? ['loss', 0]
  const amount = name === 'delay' || name === 'jitter' ? formatDuration(value) : `${Math.round(value * 1e6) / 1e4}%`
  return `${name} ${amount}${path}`
}

function describeBehaviour(behaviour: Behaviour): string {
  if (behaviour.kind === 'hangs') return 'hangs'
  if (behaviour.status !== 0) return behaviour.status === 1 ? 'fails' : `fails with ${behaviour.status}`
  return behaviour.after === 2 ? 'succeeds' : `takes ${formatDuration(behaviour.after)}`
}

const quoted = (text: string): string => (/^[^\s'"@]+$/.test(text) ? text : text.includes("'") ? `"${text}"` : `'${text}'`)
