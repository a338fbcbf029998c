// How the two Prometheus exporters of keepalived's ecosystem read its dump files, stated anew: which lines count, how deep
// they are indented, which words make a number or a state. What these functions cannot read, those programs cannot.

export const exporterStates = ['INIT', 'BACKUP', 'MASTER', 'FAULT'] as const

export type ExportedInstance = {
  readonly name: string
  readonly state?: number
  readonly wantState?: number
  readonly interface?: string
  readonly vrid?: number
  readonly garpDelay?: number
  readonly addresses: readonly { readonly address: string; readonly interface: string }[]
}

const whole = (text: string): number => {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`not a whole number: ${text}`)
  return Number(text)
}
const state = (text: string): number => {
  const index = exporterStates.indexOf(text as never)
  if (index < 0) throw new Error(`no state: ${text}`)
  return index
}

/** `.data`: an instance begins with one blank, its keys have three, its addresses five; anything else ends it. */
export function readDataFile(text: string): readonly ExportedInstance[] {
  const found: (Record<string, unknown> & { addresses: { address: string; interface: string }[] })[] = []
  let current: (typeof found)[number] | undefined
  let key = ''
  for (const line of text.split('\n')) {
    if (line.startsWith(' VRRP Instance') && line.includes('=')) {
      current = { name: line.split('=')[1]?.trim(), addresses: [] }
      found.push(current)
    } else if (line.startsWith('     ') && current) {
      const words = line.trim().split(' ')
      if (/^Virtual IP(?: \(|$)/.test(key)) current.addresses.push({ address: words[0] as string, interface: words[2] as string })
    } else if (line.startsWith('   ') && current) {
      const [name = '', value = ''] = line.trim().split(line.includes('=') ? '=' : ':')
      key = name.trim()
      readKey(current, key, value.trim())
    } else if (!line.startsWith(' VRRP Version') && !line.startsWith(' VRRP Script')) {
      current = undefined
    }
  }
  return found as unknown as readonly ExportedInstance[]
}

function readKey(instance: Record<string, unknown>, key: string, value: string): void {
  if (key === 'State') instance.state = state(value)
  if (key === 'Wantstate') instance.wantState = state(value)
  if (key === 'Interface') instance.interface = value
  if (key === 'Virtual Router ID') instance.vrid = whole(value)
  if (key === 'Gratuitous ARP delay') instance.garpDelay = whole(value)
  // Seconds since the epoch up to the first blank, as a float.
  if (key === 'Last transition' && !Number.isFinite(Number(value.split(' ')[0]))) throw new Error(`no time: ${value}`)
}

/** `.data` once more, for its scripts: name, status, state. */
export function readScripts(text: string): readonly { readonly name: string; readonly status?: string; readonly state?: string }[] {
  const found: Record<string, string>[] = []
  let current: Record<string, string> | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith(' VRRP Script') && line.includes('=')) {
      current = { name: line.split('=')[1]?.trim() ?? '' }
      found.push(current)
    } else if (line.startsWith('   ') && current) {
      const [key = '', value = ''] = line.trim().split('=')
      if (key.trim() === 'Status') current.status = value.trim()
      if (key.trim() === 'State') current.state = value.trim()
    } else if (!line.startsWith('    ')) current = undefined
  }
  return found as unknown as ReturnType<typeof readScripts>
}

/** `.stats`: `Section/Key` to number, for each instance. */
export function readStatsFile(text: string): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const found = new Map<string, Record<string, number>>()
  let current: Record<string, number> = {}
  let section = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('VRRP Instance') && line.includes(':')) {
      current = {}
      found.set(line.split(':')[1]?.trim() ?? '', current)
    } else if (line.startsWith('  ') && line.endsWith(':')) section = line.trim().slice(0, -1)
    else if (line.startsWith('    ') && section !== '') {
      const [key = '', value = ''] = line.trim().split(':')
      current[`${section}/${key.trim()}`] = whole(value.trim())
    } else if (line.startsWith('  ')) {
      section = ''
      const [key = '', value = ''] = line.trim().split(':')
      current[key.trim()] = whole(value.trim())
    }
  }
  return found
}

/** `.json`: an array; whole numbers where a program has integers, a float for the time of the last transition. */
export function readJsonFile(text: string): readonly { readonly data: Record<string, unknown>; readonly stats: Record<string, number> }[] {
  const instances: unknown = JSON.parse(text)
  if (!Array.isArray(instances)) throw new Error('not an array')
  for (const { data, stats } of instances) {
    for (const key of ['vrid', 'state', 'wantstate', 'garp_delay']) whole(String(data[key]))
    for (const value of Object.values(stats)) whole(String(value))
    if (typeof data.last_transition !== 'number' || typeof data.iname !== 'string' || typeof data.ifp_ifname !== 'string')
      throw new Error('wrong type')
    for (const vip of data.vips ?? []) if (vip.split(' ').length < 3) throw new Error(`no address: ${vip}`)
  }
  return instances
}
