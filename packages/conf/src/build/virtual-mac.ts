// `use_vmac`, `use_ipvlan` and what goes with them (reference 2.3 and 4.3).
import { familyOf, parseIp, parseMac } from '@havip/base'
import type { Field } from '../fields.ts'
import type { IpvlanConf, VmacConf } from '../model.ts'
import type { Word } from '../text/words.ts'
import { INTERFACE_NAME_MAX } from '../values.ts'
import { type InstanceContext, placeOf } from './context.ts'

export type VirtualMac = {
  readonly vmac: VmacConf | undefined
  readonly ipvlan: IpvlanConf | undefined
  readonly vmacForAddresses: boolean
  readonly vmacTransmitsOnBase: boolean
  readonly promoteSecondaries: boolean
}

export function buildVirtualMac(context: InstanceContext, isUnicast: boolean): VirtualMac {
  const { fields, findings, name, isStrict } = context
  const vmacField = fields.last('use_vmac')
  const ipvlanField = fields.last('use_ipvlan')
  const first = fields.all('use_vmac').find(({ statement }) => statement.words.length > 1)
  if (vmacField && first && first !== vmacField && vmacField.statement.words.length > 1)
    findings.error('already-specified', vmacField.at, `(${name}) there is a use_vmac already`, [{ at: first.at, note: 'the first one' }])
  let vmac = vmacField && readVmac(vmacField, context)
  let ipvlan = ipvlanField && !vmac ? readIpvlan(ipvlanField, context) : undefined
  if (vmacField && ipvlanField)
    findings.error('vmac-and-ipvlan', ipvlanField.at, `(${name}) use_vmac and use_ipvlan exclude each other; use_ipvlan is ignored`)
  if ((vmac || ipvlan) && isUnicast && !fields.has('interface')) {
    const at = vmacField?.at ?? ipvlanField?.at ?? context.at
    findings.error('vmac-without-interface', at, `(${name}) a virtual interface needs \`interface\` to sit on; it is cleared`)
    vmac = undefined
    ipvlan = undefined
  }
  if (vmac?.mac !== undefined && isStrict) {
    findings.warning('strict-mac', vmac.at, `(${name}) strict mode uses the MAC address of the RFC; ${vmac.mac} is ignored`)
    vmac = { ...vmac, mac: undefined }
  }
  const hasInterface = vmac !== undefined || ipvlan !== undefined
  return {
    vmac,
    ipvlan,
    vmacForAddresses: fields.has('use_vmac_addr'),
    vmacTransmitsOnBase: readTransmitBase(context, hasInterface, isUnicast),
    promoteSecondaries: readPromote(context, hasInterface),
  }
}

function readTransmitBase(context: InstanceContext, hasInterface: boolean, isUnicast: boolean): boolean {
  const { fields, findings, name, isStrict } = context
  const isSet = fields.has('vmac_xmit_base')
  const at = placeOf(context, 'vmac_xmit_base')
  if (isSet && !hasInterface) {
    findings.warning('base-without-vmac', at, `(${name}) vmac_xmit_base has no meaning without use_vmac; it is cleared`)
    return false
  }
  if (hasInterface && isUnicast && !isSet) {
    findings.warning(
      'unicast-needs-base',
      placeOf(context, 'use_vmac'),
      `(${name}) unicast with use_vmac needs vmac_xmit_base, which is set`,
    )
    return true
  }
  if (isSet && isStrict) findings.warning('strict-base', at, `(${name}) strict mode sends from the virtual MAC; vmac_xmit_base is cleared`)
  return isSet && !isStrict
}

function readPromote(context: InstanceContext, hasInterface: boolean): boolean {
  const { fields, findings, name } = context
  if (!fields.has('promote_secondaries')) return false
  if (!hasInterface) return true
  findings.warning(
    'promote-with-vmac',
    placeOf(context, 'promote_secondaries'),
    `(${name}) promote_secondaries has no use with a virtual interface; it is ignored`,
  )
  return false
}

function readVmac(field: Field, context: InstanceContext): VmacConf | undefined {
  const { findings, name } = context
  let interfaceName: string | undefined
  let mac: VmacConf['mac']
  let netlinkNotify = false
  let group: string | undefined
  const words = field.statement.words.slice(1)
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word
    const next = words[i + 1]
    // The short form is what 2.2 knows, too.
    if (word.text === 'netlink_notify_msg' || word.text === 'netlink_notify') netlinkNotify = true
    else if (word.text === 'group' && next) group = words[++i]?.text
    else if (word.text === 'name' && next) interfaceName = checkedName(words[++i] as Word, context) ?? interfaceName
    else if (word.text.includes(':')) mac = readMac(word, context) ?? mac
    else if (interfaceName === undefined) interfaceName = checkedName(word, context)
    else findings.error('unknown-option', word.at, `(${name}) use_vmac has no option \`${word.text}\`; it is ignored`)
  }
  return { name: interfaceName, mac, netlinkNotify, group, at: field.at }
}

function checkedName(word: Word, { findings, name }: InstanceContext): string | undefined {
  if (word.text.length <= INTERFACE_NAME_MAX && /^[^/\s]+$/.test(word.text)) return word.text
  findings.error(
    'bad-interface-name',
    word.at,
    `(${name}) \`${word.text}\` is no name of an interface: 1 to ${INTERFACE_NAME_MAX} characters, no blanks; a generated one is used`,
  )
  return undefined
}

/** Five octets get the VRID appended; neither multicast nor the RFC's own range may be given by hand. */
function readMac(word: Word, context: InstanceContext): VmacConf['mac'] {
  const octets = word.text.split(':').map((octet) => octet.padStart(2, '0').toLowerCase())
  const vrid = Number(context.fields.text('virtual_router_id'))
  if (octets.length === 5 && Number.isInteger(vrid)) octets.push((vrid & 255).toString(16).padStart(2, '0'))
  const parsed = parseMac(octets.join(':'))
  const isMulticastMac = (Number.parseInt(octets[0] as string, 16) & 1) === 1
  const isReserved = octets.slice(0, 4).join(':') === '00:00:5e:00'
  if (parsed.ok && !isMulticastMac && !isReserved) return parsed.value
  const why = isMulticastMac ? 'it is a multicast address' : isReserved ? "it lies in the RFC's own range" : 'it is no MAC address'
  context.findings.error('bad-mac', word.at, `(${context.name}) \`${word.text}\` is ignored: ${why}`)
  return undefined
}

function readIpvlan(field: Field, context: InstanceContext): IpvlanConf {
  const { findings, name } = context
  let interfaceName: string | undefined
  let address: IpvlanConf['address']
  let prefix: number | undefined
  let mode: IpvlanConf['mode'] = 'bridge'
  let group: string | undefined
  const words = field.statement.words.slice(1)
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word
    const parsed = parseIp(word.text.split('/')[0] as string)
    if (word.text === 'bridge' || word.text === 'private' || word.text === 'vepa') mode = word.text
    else if (word.text === 'group' && words[i + 1]) group = words[++i]?.text
    else if (word.text === 'name' && words[i + 1]) interfaceName = checkedName(words[++i] as Word, context) ?? interfaceName
    else if (parsed.ok && familyOf(parsed.value) !== context.family)
      findings.error('wrong-family', word.at, `(${name}) ${word.text} is not of the instance's family, ${context.family}; it is ignored`)
    else if (parsed.ok) {
      address = parsed.value
      const length = Number(word.text.split('/')[1] ?? (familyOf(address) === 'ipv4' ? 32 : 128))
      prefix = Number.isInteger(length) ? length : undefined
    } else if (interfaceName === undefined) interfaceName = checkedName(word, context)
    else findings.error('unknown-option', word.at, `(${name}) use_ipvlan has no option \`${word.text}\`; it is ignored`)
  }
  if (address === undefined && context.family === 'ipv4') {
    findings.warning(
      'ipvlan-without-address',
      field.at,
      `(${name}) an IPv4 ipvlan needs an address of its own; without one the instance stays in FAULT`,
    )
  }
  return { name: interfaceName, address, prefix, mode, group, at: field.at }
}
