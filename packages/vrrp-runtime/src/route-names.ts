// The names that iproute's tables give to routing tables, protocols, scopes and realms.
import type { RoutingNameTable } from '@havip/conf'
import type { Host } from './host.ts'

export type NameTable = RoutingNameTable

const builtIn: Readonly<Record<NameTable, Readonly<Record<string, number>>>> = {
  rt_tables: { unspec: 0, default: 253, main: 254, local: 255 },
  rt_protos: {
    redirect: 1,
    kernel: 2,
    boot: 3,
    static: 4,
    ra: 9,
    mrt: 10,
    zebra: 11,
    bird: 12,
    dhcp: 16,
    keepalived: 18,
    bgp: 186,
    ospf: 188,
  },
  rt_scopes: { global: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  rt_realms: { cosmos: 0 },
  rt_dsfield: {},
  group: { default: 0 },
}
const usualDirectories = ['/usr/share/iproute2', '/etc/iproute2']

export class RouteNames {
  readonly #files: Host['files']
  readonly #directories: readonly string[]
  readonly #read = new Map<NameTable, ReadonlyMap<string, number>>()

  /** @param directories that the configuration names; they come after the usual ones, and the last to name a thing decides. */
  constructor(files: Host['files'], directories: readonly string[]) {
    this.#files = files
    this.#directories = [...usualDirectories, ...directories]
  }

  /** A number as it is (also hexadecimal), a name from the table; undefined when there is none. */
  find(table: NameTable, word: string): number | undefined {
    if (/^(0x[0-9a-f]+|[0-9]+)$/i.test(word)) return Number(word)
    return this.#table(table).get(word)
  }

  #table(table: NameTable): ReadonlyMap<string, number> {
    const known = this.#read.get(table)
    if (known) return known
    const names = new Map(Object.entries(builtIn[table]))
    for (const directory of this.#directories) {
      for (const path of [`${directory}/${table}`, ...this.#files.glob(`${directory}/${table}.d/*.conf`)]) {
        const text = this.#files.read(path)
        if (text.ok) for (const [name, value] of entriesOf(text.value)) names.set(name, value)
      }
    }
    this.#read.set(table, names)
    return names
  }
}

/** `NUMBER NAME` on each line; `#` begins a comment. */
function entriesOf(text: string): readonly (readonly [string, number])[] {
  return text.split('\n').flatMap((line) => {
    const [, number, name] = /^\s*(0x[0-9a-f]+|[0-9]+)\s+([^\s#]+)/i.exec(line) ?? []
    return number === undefined || name === undefined ? [] : [[name, Number(number)] as const]
  })
}
