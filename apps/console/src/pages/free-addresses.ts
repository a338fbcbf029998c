// Which addresses of a vSwitch are free, from what the API lists there; and what is wrong with one that is typed in.
import { addressInCidr6, ipv4FromNumber, parseCidr, parseCidr6 } from '@havip/base'
import { checkAddress, checkAddress6, havipAddressFaults, usableRange } from '@havip/vpc'
import { useQuery } from '@tanstack/react-query'
import { call, type Parameters, type Product } from '../api/client.ts'
import type { HavipPage, NetworkInterfacePage, Paged } from '../api/types.ts'
import type { Text } from '../i18n/text.tsx'
import { useRegion } from '../shell/address.ts'

/** Enough for every vSwitch up to a /22; beyond that the API has the last word. */
const pagesMax = 12

async function listAll<T extends Paged, Item>(
  product: Product,
  action: string,
  parameters: Parameters,
  size: number,
  items: (answer: T) => readonly Item[],
) {
  const found: Item[] = []
  for (let page = 1; page <= pagesMax; page++) {
    const answer = await call<T>(product, action, { ...parameters, PageNumber: page, PageSize: size })
    found.push(...items(answer))
    if (page * size >= answer.TotalCount) break
  }
  return found
}

export function useTaken(vswitch: string | undefined) {
  const RegionId = useRegion()
  return useQuery({
    queryKey: ['vpc', 'DescribeHaVips', 'taken', RegionId, vswitch],
    enabled: vswitch !== undefined,
    queryFn: async (): Promise<ReadonlySet<string>> => {
      const [havips, interfaces] = await Promise.all([
        listAll('vpc', 'DescribeHaVips', { RegionId, Filter: [{ Key: 'VSwitchId', Value: [vswitch ?? ''] }] }, 50, (answer: HavipPage) =>
          answer.HaVips.HaVip.map((one) => one.IpAddress),
        ),
        listAll('ecs', 'DescribeNetworkInterfaces', { RegionId, VSwitchId: vswitch }, 100, (answer: NetworkInterfacePage) =>
          answer.NetworkInterfaceSets.NetworkInterfaceSet.flatMap((one) => [
            one.PrivateIpAddress,
            ...one.Ipv6Sets.Ipv6Set.map(({ Ipv6Address }) => Ipv6Address),
          ]),
        ),
      ])
      return new Set([...havips, ...interfaces])
    },
  })
}

/** Of a block of IPv4 or IPv6, the lowest ones. */
export function freeAddresses(cidrText: string, taken: ReadonlySet<string>, count: number): readonly string[] {
  const cidr = parseCidr(cidrText)
  if (!cidr.ok) return freeAddresses6(cidrText, taken, count)
  const { first, last } = usableRange(cidr.value)
  const free: string[] = []
  for (let number = first; number <= last && free.length < count; number++) {
    const address = ipv4FromNumber(number)
    if (!taken.has(address)) free.push(address)
  }
  return free
}

function freeAddresses6(cidrText: string, taken: ReadonlySet<string>, count: number): readonly string[] {
  const cidr = parseCidr6(cidrText)
  if (!cidr.ok) return []
  const free: string[] = []
  for (let offset = 1n; free.length < count; offset++) {
    const address = addressInCidr6(cidr.value, offset)
    if (!taken.has(address)) free.push(address)
  }
  return free
}

const faults: Readonly<Record<string, Text>> = {
  'InvalidIPAddress.Malformed': [
    'Not an IPv4 address. Write it as four numbers, such as {example}.',
    '不是有效的 IPv4 地址，请按 {example} 的形式填写。',
  ],
  'InvalidIPAddress.OutOfRange': ['Outside the vSwitch, which is {cidr}.', '不在交换机网段 {cidr} 内。'],
  'InvalidIPAddress.NotAvailable': [
    'Reserved: the first and the last three addresses of a vSwitch cannot be used.',
    '系统保留地址：交换机网段的第一个和最后三个地址不可使用。',
  ],
}

const notIpv6: Text = ['Not an IPv6 address. Write it as in {example}.', '不是有效的 IPv6 地址，请按 {example} 的形式填写。']

/** Undefined: nothing is wrong with it. */
export function addressProblem(
  cidrText: string,
  address: string,
  taken: ReadonlySet<string>,
): { text: Text; values: Record<string, string> } | undefined {
  const [cidr, cidr6] = [parseCidr(cidrText), parseCidr6(cidrText)]
  if (!cidr.ok && !cidr6.ok) return undefined
  const checked = cidr.ok
    ? checkAddress(cidr.value, address, havipAddressFaults)
    : checkAddress6(cidr6.ok ? cidr6.value : undefined, address, havipAddressFaults)
  if (!checked.ok) {
    const { code, message } = checked.fault
    const text = !cidr.ok && code === 'InvalidIPAddress.Malformed' ? notIpv6 : (faults[code] ?? [message, message])
    return { text, values: { cidr: cidrText, example: freeAddresses(cidrText, taken, 1)[0] ?? '192.168.0.88' } }
  }
  if (taken.has(checked.value)) return { text: ['Already in use in this vSwitch.', '该地址在此交换机中已被占用。'], values: {} }
  return undefined
}
