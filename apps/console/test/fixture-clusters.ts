// One-click set-ups as a controller tells of them, a step every moment; one named `fails` fails at its fifth step and is undone.
import type { Cluster } from '../src/api/types.ts'

type Row = { -readonly [K in keyof Cluster]: Cluster[K] }

const stepMs = 150
const stepsMax = 8
const failsAt = 5

export class FixtureClusters {
  readonly #rows: Row[] = []
  readonly #tell: (text: string) => void
  readonly #timer: ReturnType<typeof setInterval>

  constructor(tell: (text: string) => void) {
    this.#tell = tell
    this.#timer = setInterval(() => this.#go(), stepMs)
  }

  create(form: URLSearchParams): { readonly ClusterId: string } {
    const ClusterId = `hacl-${String(this.#rows.length + 1).padStart(17, '0')}`
    this.#rows.push({
      ClusterId,
      Name: form.get('Name') ?? '',
      Status: 'Creating',
      HaVipId: '',
      IpAddress: '',
      EipAddress: '',
      Bandwidth: Number(form.get('Bandwidth') ?? 5),
      VirtualRouterId: 142,
      Step: 0,
      Problem: '',
      CreatedAt: new Date().toISOString(),
    })
    return { ClusterId }
  }

  list() {
    return { TotalCount: this.#rows.length, PageNumber: 1, PageSize: 50, Clusters: this.#rows }
  }

  delete(id: string): object {
    const row = this.#rows.find(({ ClusterId }) => ClusterId === id)
    if (row) row.Status = 'Deleting'
    return {}
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #go(): void {
    for (const row of [...this.#rows]) {
      if (row.Status === 'Creating') this.#forward(row)
      else if (row.Status === 'Undoing' || row.Status === 'Deleting') this.#back(row)
      else continue
      this.#tell(`Set-up ${row.Name || row.ClusterId}: ${row.Status}`)
    }
  }

  #forward(row: Row): void {
    if (row.Name === 'fails' && row.Step === failsAt) {
      row.Status = 'Undoing'
      row.Problem = 'Could not start the daemons: The daemon of i-2 does not answer within 30 s.'
    } else if (row.Step === stepsMax) row.Status = 'Active'
    else row.Step++
    if (row.Step > 1) Object.assign(row, { HaVipId: 'havip-00000000000000000001', IpAddress: '192.168.0.100' })
    if (row.Step > 7) row.EipAddress = '203.0.113.9'
  }

  #back(row: Row): void {
    if (row.Step > 0) row.Step--
    else if (row.Status === 'Undoing') Object.assign(row, { Status: 'Failed', HaVipId: '', IpAddress: '', EipAddress: '' })
    else this.#rows.splice(this.#rows.indexOf(row), 1)
  }
}
