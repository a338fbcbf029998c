// One entry of `virtual_routes` or `static_routes` (reference 3.2). Names of tables and the like are left to the machine.
import { type Family, familyOf, type IpAddress, parseIp } from '@havip/base'
import type { Findings } from '../findings.ts'
import type { NextHopConf, RouteConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import type { Statement } from '../tree.ts'
import { readPrefix, widest } from './address.ts'
import { ipv6Options, routeValues } from './routing-values.ts'

const TYPES = new Set(['unicast', 'local', 'broadcast', 'anycast', 'multicast', 'nat', 'throw', 'unreachable', 'prohibit', 'blackhole'])
/** Options with one value, after an optional `lock` for some; kept as written. */
const VALUED = new Set([
  'realms',
  'tos',
  'dsfield',
  'ttl-propagate',
  'expires',
  'pref',
  'mtu',
  'advmss',
  'rtt',
  'rttvar',
  'reordering',
  'window',
  'cwnd',
  'ssthresh',
  'hoplimit',
  'initcwnd',
  'initrwnd',
  'rto_min',
  'quickack',
  'congctl',
  'features',
])
const LOCKABLE = new Set(['mtu', 'advmss', 'rtt', 'rttvar', 'reordering', 'window', 'cwnd', 'ssthresh', 'hoplimit', 'rto_min', 'congctl'])
const ENCAP_WORDS = new Set(['id', 'dst', 'src', 'tos', 'tc', 'ttl', 'hoplimit', 'flags'])

type Draft = {
  family: Family | undefined
  type: string
  destination: IpAddress | 'default' | undefined
  prefix: number | undefined
  gateway: IpAddress | undefined
  interface: string | undefined
  source: IpAddress | undefined
  table: string | undefined
  metric: number | undefined
  scope: string | undefined
  protocol: string | undefined
  nextHops: NextHopConf[]
  options: RouteConf['options'][number][]
  mode: RouteConf['mode']
  noTrack: boolean
  trackGroup: string | undefined
  isDropped: boolean
}

/** Walks the words of one entry; `take` gives the value that an option needs. */
class RouteReader {
  readonly draft: Draft = {
    family: undefined,
    type: 'unicast',
    destination: undefined,
    prefix: undefined,
    gateway: undefined,
    interface: undefined,
    source: undefined,
    table: undefined,
    metric: undefined,
    scope: undefined,
    protocol: undefined,
    nextHops: [],
    options: [],
    mode: 'prepend',
    noTrack: false,
    trackGroup: undefined,
    isDropped: false,
  }
  readonly #words: readonly Word[]
  readonly #findings: Findings
  readonly #isStatic: boolean
  #index = 0

  constructor(words: readonly Word[], isStatic: boolean, findings: Findings) {
    this.#words = words
    this.#isStatic = isStatic
    this.#findings = findings
  }

  read(): void {
    while (this.#index < this.#words.length && !this.draft.isDropped) this.#option(this.#words[this.#index++] as Word)
  }

  #option(word: Word): void {
    const { draft } = this
    const text = word.text
    if (TYPES.has(text)) this.#type(word)
    else if (VALUED.has(text)) this.#valued(word)
    else {
      switch (text) {
        case 'inet':
        case 'inet6':
          draft.family = text === 'inet' ? 'ipv4' : 'ipv6'
          return
        case 'to':
          this.#destination(this.#take(word))
          return
        case 'default':
        case 'any':
        case 'all':
          this.#destination(word)
          return
        case 'via':
        case 'gw':
          if (text === 'gw') this.#findings.warning('deprecated-keyword', word.at, '`gw` is out of date; write via instead')
          draft.gateway = this.#address(this.#takeAddress(word)) ?? draft.gateway
          return
        case 'src':
          draft.source = this.#address(this.#take(word)) ?? draft.source
          return
        case 'dev':
        case 'oif':
          draft.interface = this.#take(word)?.text
          return
        case 'table':
        case 'vrf':
          draft.table = text === 'vrf' ? `vrf:${this.#take(word)?.text ?? ''}` : this.#take(word)?.text
          return
        case 'protocol':
        case 'scope':
          draft[text] = this.#shaped(text, this.#take(word))?.text
          return
        case 'metric':
        case 'priority':
        case 'preference':
          draft.metric = this.#number(this.#take(word), 4_294_967_295)
          return
        case 'onlink':
          draft.options.push({ name: text, value: undefined, isLocked: false })
          return
        case 'fastopen_no_cookie': {
          const next = this.#words[this.#index]
          const value = next?.text === '0' || next?.text === '1' ? this.#words[this.#index++]?.text : undefined
          draft.options.push({ name: text, value, isLocked: false })
          return
        }
        case 'from':
          draft.options.push({ name: 'from', value: this.#take(word)?.text, isLocked: false })
          return
        case 'encap':
          draft.options.push({ name: 'encap', value: this.#encapsulation().join(' '), isLocked: false })
          return
        case 'nexthop':
          draft.nextHops.push(this.#nextHop())
          return
        case 'or':
          this.#findings.warning('deprecated-keyword', word.at, '`or` is out of date; write nexthop instead')
          this.#alternative(word)
          return
        case 'add':
        case 'append':
        case 'prepend':
          draft.mode = text
          return
        case 'no_track':
          draft.noTrack = true
          return
        case 'track_group':
          this.#trackGroup(word)
          return
        default:
          if (draft.destination === undefined && looksLikeAddress(text)) this.#destination(word)
          else this.#drop('unknown-option', word, `a route has no option \`${text}\``)
      }
    }
  }

  #drop(code: string, word: Word, why: string): void {
    this.#findings.error(code, word.at, `${why}; the route is ignored`)
    this.draft.isDropped = true
  }

  #take(option: Word): Word | undefined {
    const word = this.#words[this.#index++]
    if (word) return word
    this.#findings.aborted('missing-argument', option.at, `${option.text} needs a value`)
    this.draft.isDropped = true
    return undefined
  }

  /** `[inet|inet6] ADDRESS` */
  #takeAddress(option: Word): Word | undefined {
    const word = this.#take(option)
    if (word?.text !== 'inet' && word?.text !== 'inet6') return word
    return this.#take(option)
  }

  #address(word: Word | undefined): IpAddress | undefined {
    if (!word) return undefined
    const parsed = parseIp(word.text)
    if (parsed.ok) return parsed.value
    this.#drop('bad-address', word, `\`${word.text}\` is no IP address`)
    return undefined
  }

  #number(word: Word | undefined, max: number): number | undefined {
    if (!word) return undefined
    const value = /^[0-9]+$/.test(word.text) ? Number(word.text) : Number.NaN
    if (value <= max) return value
    this.#drop('not-a-number', word, `\`${word.text}\` is no number from 0 to ${max}`)
    return undefined
  }

  #destination(word: Word | undefined): void {
    if (!word) return
    const { draft } = this
    if (word.text === 'default' || word.text === 'any' || word.text === 'all') {
      draft.destination = 'default'
      draft.prefix = 0
      return
    }
    const [address, length] = word.text.split('/')
    const parsed = parseIp(address as string)
    if (!parsed.ok) {
      this.#drop('bad-address', word, `\`${word.text}\` is no destination`)
      return
    }
    const family = familyOf(parsed.value)
    draft.destination = parsed.value
    draft.prefix = length === undefined ? widest(family) : readPrefix(length, family, word.at, this.#findings)
  }

  #valued(word: Word): void {
    let value = this.#take(word)
    const isLocked = value?.text === 'lock' && LOCKABLE.has(word.text)
    if (isLocked) value = this.#take(word)
    if (this.#shaped(word.text, value)) this.draft.options.push({ name: word.text, value: value?.text, isLocked })
  }

  /** A value of the form that its option wants. */
  #shaped(option: string, value: Word | undefined): Word | undefined {
    const shape = routeValues[option]
    if (!value || !shape || shape.isRight(value.text)) return value
    this.#drop('bad-option', value, `${option}: \`${value.text}\` is no ${shape.wanted}`)
    return undefined
  }

  #type(word: Word): void {
    this.draft.type = word.text
    if (this.#index < this.#words.length) return
    this.#findings.aborted('missing-argument', word.at, `${word.text} needs its destination behind it`)
    this.draft.isDropped = true
  }

  #encapsulation(): string[] {
    const words: string[] = []
    const kind = this.#words[this.#index++]
    if (!kind) return words
    words.push(kind.text)
    if (kind.text === 'mpls' || kind.text === 'ila') {
      const labels = this.#words[this.#index++]
      if (labels) words.push(labels.text)
      return words
    }
    while (ENCAP_WORDS.has(this.#words[this.#index]?.text ?? '')) {
      words.push((this.#words[this.#index++] as Word).text)
      const value = this.#words[this.#index++]
      if (value) words.push(value.text)
    }
    return words
  }

  #nextHop(): NextHopConf {
    const hop: { -readonly [Key in keyof NextHopConf]: NextHopConf[Key] } = {
      gateway: undefined,
      interface: undefined,
      weight: 1,
      onLink: false,
      encapsulation: [],
      realms: undefined,
    }
    while (this.#index < this.#words.length && !this.draft.isDropped) {
      const word = this.#words[this.#index] as Word
      if (!['via', 'dev', 'oif', 'weight', 'onlink', 'encap', 'realms'].includes(word.text)) break
      this.#index++
      if (word.text === 'via') hop.gateway = this.#address(this.#takeAddress(word))
      else if (word.text === 'dev' || word.text === 'oif') hop.interface = this.#take(word)?.text
      else if (word.text === 'weight') hop.weight = this.#weight(this.#take(word))
      else if (word.text === 'realms') hop.realms = this.#take(word)?.text
      else if (word.text === 'encap') hop.encapsulation = this.#encapsulation()
      else hop.onLink = true
    }
    return hop
  }

  #weight(word: Word | undefined): number {
    const value = this.#number(word, 256)
    if (word && value === 0) this.#drop('out-of-range', word, 'the weight of a next hop is 1 to 256')
    return value ?? 1
  }

  /** `via A or via B`, or `via A or B`: two next hops of the same weight. */
  #alternative(word: Word): void {
    if (this.#words[this.#index]?.text === 'via') this.#index++
    const gateway = this.#address(this.#takeAddress(word))
    const plain = { interface: undefined, weight: 1, onLink: false, encapsulation: [], realms: undefined }
    this.draft.nextHops.push({ ...plain, gateway: this.draft.gateway }, { ...plain, gateway })
    this.draft.gateway = undefined
  }

  #trackGroup(word: Word): void {
    const name = this.#take(word)
    if (this.#isStatic) this.draft.trackGroup = name?.text
    else this.#findings.error('unknown-option', word.at, 'track_group is for static routes; it is ignored')
  }
}

const looksLikeAddress = (text: string): boolean => /^[0-9a-f:.]+(\/\S*)?$/i.test(text)

/** Undefined when the route is dropped. */
export function readRouteEntry(entry: Statement, isStatic: boolean, findings: Findings): RouteConf | undefined {
  const reader = new RouteReader(entry.words, isStatic, findings)
  reader.read()
  const { isDropped, family: written, destination, prefix, ...draft } = reader.draft
  if (isDropped) return undefined
  const addresses = [destination === 'default' ? undefined : destination, draft.gateway, draft.source].filter((one) => one !== undefined)
  const families = new Set(addresses.map(familyOf))
  if (written !== undefined) families.add(written)
  const at = entry.at
  if (destination === undefined) {
    findings.error('route-without-destination', at, 'there is no destination; the route is ignored')
    return undefined
  }
  if (families.size > 1) {
    findings.error('mixed-families', at, 'destination, gateway and source have to be of one family; the route is ignored')
    return undefined
  }
  const family = [...families][0] ?? 'ipv4'
  const foreign = draft.options.find(({ name }) => ipv6Options.has(name) && family === 'ipv4')
  if (foreign) {
    findings.error('bad-option', at, `${foreign.name} is for IPv6 only; the route is ignored`)
    return undefined
  }
  let { protocol } = draft
  if (protocol !== undefined && protocol !== '18' && protocol !== 'keepalived' && !draft.noTrack) {
    findings.warning('tracked-protocol', at, `a tracked route has the protocol keepalived (18), not ${protocol}; write no_track to keep it`)
    protocol = undefined
  }
  return { ...draft, protocol, family, destination, prefix: prefix ?? widest(family), at }
}
