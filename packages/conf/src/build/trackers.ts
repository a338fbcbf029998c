// `vrrp_script`, `vrrp_track_process`, `track_file` and `bfd_instance` as models (reference 2.5 to 2.8).
import { familyOf, type IpAddress, type Milliseconds, milliseconds, seconds } from '@havip/base'
import type { Span } from '../diagnostic.ts'
import type { Field, Fields } from '../fields.ts'
import type { Findings } from '../findings.ts'
import type { BfdConf, ScriptConf, TrackFileConf, TrackProcessConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import { withUser } from './command.ts'

type Named = { readonly name: string; readonly at: Span }
type Weight = { readonly weight: number; readonly reverse: boolean }

/** Also of the weights that are only checked. */
export function checkBehindWeight(option: Word | undefined, findings: Findings): void {
  if (option && option.text !== 'reverse')
    findings.error('unknown-option', option.at, `only \`reverse\` may follow a weight; \`${option.text}\` is ignored`)
}

function readWeightField(fields: Fields, bound: number, standard: number, findings: Findings): Weight {
  const field = fields.last('weight')
  const word = field?.statement.words[1]
  if (!field || !word) return { weight: standard, reverse: false }
  const option = field.statement.words[2]
  checkBehindWeight(option, findings)
  const value = /^([+-]?[0-9]+)?$/.test(word.text) ? Number(word.text) : Number.NaN
  if (Math.abs(value) <= bound) return { weight: value, reverse: option?.text === 'reverse' }
  findings.error(
    'weight-out-of-range',
    word.at,
    `\`${word.text}\` is no weight: -${bound} to ${bound}; it is ignored and ${standard} stays`,
  )
  return { weight: standard, reverse: option?.text === 'reverse' }
}

/** Undefined without a `script`: the block is taken away, and track entries that name it fail, too. */
export function buildScript({ name, at }: Named, fields: Fields, findings: Findings): ScriptConf | undefined {
  const command = fields.command('script')
  if (!command) {
    findings.error('script-without-command', at, `vrrp_script ${name} has no \`script\`; it is removed`)
    return undefined
  }
  const user = fields.last('user')
  const interval = positive(fields, 'interval', findings) ?? seconds(1)
  return {
    name,
    command: user ? withUser(command, user) : command,
    interval,
    timeout: positive(fields, 'timeout', findings) ?? interval,
    ...readWeightField(fields, 253, 0, findings),
    rise: fields.number('rise') ?? 1,
    fall: fields.number('fall') ?? 1,
    initFail: fields.has('init_fail'),
    at,
  }
}

function positive(fields: Fields, name: string, findings: Findings): Milliseconds | undefined {
  const value = fields.seconds(name)
  if (value !== 0) return value
  findings.warning('raised-to-minimum', (fields.last(name) as Field).at, `${name} is above 0; 1 s is used`)
  return seconds(1)
}

export function buildProcessTracker({ name, at }: Named, fields: Fields, findings: Findings): TrackProcessConf | undefined {
  const command = fields.last('process')
  if (!command) {
    findings.error('process-without-command', at, `vrrp_track_process ${name} has no \`process\`; it is removed`)
    return undefined
  }
  const argv = command.statement.words.slice(1).map((word) => word.text)
  const match = fields.last('param_match')
  const quorum = fields.number('quorum') ?? 1
  const quorumMax = fields.number('quorum_max')
  if (quorumMax !== undefined && quorumMax > 0 && quorumMax < quorum) {
    findings.warning(
      'quorum-impossible',
      (fields.last('quorum_max') as Field).at,
      `quorum_max ${quorumMax} is below quorum ${quorum}, which can never both hold`,
    )
  }
  const delay = fields.seconds('delay') ?? milliseconds(0)
  return {
    name,
    argv,
    fullCommand: fields.has('full_command') || argv.length > 1 || match !== undefined,
    paramMatch: readMatch(match, findings) ?? (argv.length > 1 ? 'exact' : 'none'),
    ...readWeightField(fields, 254, 0, findings),
    quorum: quorumMax === 0 ? 0 : quorum,
    quorumMax,
    forkDelay: fields.seconds('fork_delay') ?? delay,
    terminateDelay: fields.seconds('terminate_delay') ?? delay,
    at,
  }
}

function readMatch(field: Field | undefined, findings: Findings): TrackProcessConf['paramMatch'] | undefined {
  if (!field) return undefined
  const text = field.values[0]
  if (text === undefined || text === 'initial' || text === 'partial' || text === 'exact') return text ?? 'exact'
  findings.error('not-a-choice', field.at, `\`${text}\` is no way to compare parameters: initial or partial; it is ignored`)
  return undefined
}

export function buildTrackFile({ name, at }: Named, fields: Fields, findings: Findings): TrackFileConf | undefined {
  const path = fields.text('file')
  if (path === undefined) {
    findings.error('track-file-without-path', at, `track_file ${name} has no \`file\`; it is ignored`)
    return undefined
  }
  return { name, path, ...readWeightField(fields, 254, 1, findings), init: readInit(fields.last('init_file'), findings), at }
}

/** More than any priority can change by. */
const INIT_MAX = 254

function readInit(field: Field | undefined, findings: Findings): TrackFileConf['init'] {
  if (!field) return undefined
  let value = 0
  let overwrite = false
  for (const word of field.statement.words.slice(1)) {
    if (word.text === 'overwrite') overwrite = true
    else if (/^[+-]?[0-9]+$/.test(word.text)) {
      value = Number(word.text)
      if (Math.abs(value) > INIT_MAX)
        findings.warning('out-of-range', word.at, `\`${word.text}\` is outside -${INIT_MAX} to ${INIT_MAX}, what a priority can change by`)
    } else findings.error('unknown-option', (word as Word).at, `init_file takes a number and \`overwrite\`; \`${word.text}\` is ignored`)
  }
  return { value, overwrite }
}

export function buildBfd({ name, at }: Named, fields: Fields, findings: Findings): BfdConf | undefined {
  const neighbor = fields.last('neighbor_ip', 'neighbour_ip')?.values[0] as IpAddress | undefined
  if (neighbor === undefined) {
    findings.error('bfd-without-neighbor', at, `bfd_instance ${name} has no \`neighbor_ip\`; it is removed`)
    return undefined
  }
  const source = fields.address('source_ip')
  const family = familyOf(neighbor)
  if (source !== undefined && familyOf(source) !== family) {
    findings.error(
      'wrong-family',
      (fields.last('source_ip') as Field).at,
      `source_ip and neighbor_ip are of different families; bfd_instance ${name} is removed`,
    )
    return undefined
  }
  return {
    name,
    neighbor,
    source,
    minRx: fields.milliseconds('min_rx') ?? milliseconds(10),
    minTx: fields.milliseconds('min_tx') ?? milliseconds(10),
    idleTx: fields.milliseconds('idle_tx') ?? milliseconds(1000),
    multiplier: fields.number('multiplier') ?? 5,
    passive: fields.has('passive'),
    ttl: fields.number(family === 'ipv4' ? 'ttl' : 'hoplimit') ?? (family === 'ipv4' ? 255 : 64),
    maxHops: fields.number('max_hops') ?? 0,
    multihop: fields.boolean('multihop') ?? false,
    ...readWeightField(fields, 253, 0, findings),
    forVrrp: fields.has('vrrp') || !fields.has('checker'),
    at,
  }
}
