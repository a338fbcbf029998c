// Which addresses of a vSwitch are free, from what the API lists there; and what is wrong with one that is typed in.
import { formatCidr, ipv4FromNumber, parseCidr } from '@havip/base'
import { checkAddress, havipAddressFaults, usableRange } from '@havip/vpc'
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
          answer.NetworkInterfaceSets.NetworkInterfaceSet.map((one) => one.PrivateIpAddress),
        ),
      ])
      return new Set([...havips, ...interfaces])
    },
  })
}

export function freeAddresses(cidrText: string, taken: ReadonlySet<string>, count: number): readonly string[] {
  const cidr = parseCidr(cidrText)
  if (!cidr.ok) return []
  const { first, last } = usableRange(cidr.value)
  const free: string[] = []
  for (let number = first; number <= last && free.length < count; number++) {
    const address = ipv4FromNumber(number)
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

/** Undefined: nothing is wrong with it. */
export function addressProblem(
  cidrText: string,
  address: string,
  taken: ReadonlySet<string>,
): { text: Text; values: Record<string, string> } | undefined {
  const cidr = parseCidr(cidrText)
  if (!cidr.ok) return undefined
  const checked = checkAddress(cidr.value, address, havipAddressFaults)
  if (!checked.ok) {
    const text = faults[checked.fault.code] ?? [checked.fault.message, checked.fault.message]
    return { text, values: { cidr: formatCidr(cidr.value), example: freeAddresses(cidrText, taken, 1)[0] ?? '192.168.0.88' } }
  }
  if (taken.has(checked.value)) return { text: ['Already in use in this vSwitch.', '该地址在此交换机中已被占用。'], values: {} }
  return undefined
}
