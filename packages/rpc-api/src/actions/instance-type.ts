// Instance types, and the conditions by which clients choose one.
import { ok } from '@havip/base'
import { defaultLimits, type InstanceType } from '@havip/vpc'
import { type Action, action } from '../action.ts'
import { anyRegion, tokenPage, tokenParameters } from '../answer.ts'
import { decimal, inertTree, integer, text, texts, unserved, unservedTree } from '../parameter.ts'

/** What the first letter of a family says: `c` has much processor for its memory, `t` shares it. */
function classOf(family: string): { readonly InstanceFamilyLevel: string; readonly InstanceCategory: string } {
  const letter = family.replace(/^ecs\./, '')[0]
  if (letter === 't') return { InstanceFamilyLevel: 'CreditEntryLevel', InstanceCategory: 'Shared' }
  const category = letter === 'c' ? 'Compute-optimized' : letter === 'r' ? 'Memory-optimized' : 'General-purpose'
  return { InstanceFamilyLevel: 'EnterpriseLevel', InstanceCategory: category }
}

const viewOf = (type: InstanceType) => ({
  InstanceTypeId: type.id,
  InstanceTypeFamily: type.family,
  ...classOf(type.family),
  CpuCoreCount: type.cpus,
  // GiB here, MiB in instances.
  MemorySize: type.memoryMb / 1024,
  CpuArchitecture: 'X86',
  EniQuantity: defaultLimits.interfacesPerInstance,
  EniTotalQuantity: defaultLimits.interfacesPerInstance,
  EniPrivateIpAddressQuantity: 1,
  EniIpv6AddressQuantity: 1,
  InstanceBandwidthRx: 0,
  InstanceBandwidthTx: 0,
  InstancePpsRx: 0,
  InstancePpsTx: 0,
  GPUAmount: 0,
  GPUSpec: '',
  LocalStorageCategory: '',
  LocalStorageAmount: 0,
  LocalStorageCapacity: 0,
  DiskQuantity: 1,
  NvmeSupport: 'unsupported',
})
type View = ReturnType<typeof viewOf>

const count = (doc: string) => integer(doc, 0, 1_000_000_000)
const gibibytes = (doc: string) => decimal(doc, 0, 1_000_000)
const oneOf = (doc: string) => texts(doc, 10)

const conditions = {
  InstanceTypes: oneOf('Up to 10 types.'),
  InstanceTypeFamily: text('Family.', 64),
  InstanceTypeFamilies: oneOf('Up to 10 families.'),
  InstanceFamilyLevel: text('EntryLevel, EnterpriseLevel or CreditEntryLevel.', 64),
  InstanceCategory: text('General-purpose, Compute-optimized, Memory-optimized, Shared, …', 64),
  InstanceCategories: oneOf('Up to 10 categories.'),
  CpuArchitecture: text('X86 or ARM; all here are X86.', 64),
  CpuArchitectures: oneOf('The same, as a list.'),
  GPUSpec: text('Kind of GPU; no type has one here.', 128),
  LocalStorageCategory: text('Kind of local disk; no type has one here.', 64),
  NvmeSupport: text('required or unsupported; all here are unsupported.', 64),
  MinimumCpuCoreCount: count('vCPUs, at least.'),
  MaximumCpuCoreCount: count('vCPUs, at most.'),
  MinimumMemorySize: gibibytes('GiB of memory, at least.'),
  MaximumMemorySize: gibibytes('GiB of memory, at most.'),
  MinimumEniQuantity: count('Network interfaces, at least.'),
  MinimumEniPrivateIpAddressQuantity: count('IPv4 addresses of an interface, at least.'),
  MinimumEniIpv6AddressQuantity: count('IPv6 addresses of an interface, at least.'),
  MinimumGPUAmount: count('GPUs, at least; no type has one here.'),
  MaximumGPUAmount: count('GPUs, at most.'),
  MinimumDiskQuantity: count('Disks, at least.'),
  GpuSpecs: oneOf('Kinds of GPU; no type has one here.'),
  LocalStorageCategories: oneOf('Kinds of local disk; no type has one here.'),
  MinimumLocalStorageAmount: count('Local disks, at least; no type has one here.'),
  MinimumLocalStorageCapacity: count('GiB of a local disk, at least; no type has one here.'),
  MinimumInstanceBandwidthRx: count('kbit/s in, at least; no type promises any.'),
  MinimumInstanceBandwidthTx: count('kbit/s out, at least; no type promises any.'),
  MinimumInstancePpsRx: count('Packets a second in, at least; no type promises any.'),
  MinimumInstancePpsTx: count('Packets a second out, at least; no type promises any.'),
}
/** What the host's processors are is not looked at: refused, since any answer would be a guess. */
const unknown = Object.fromEntries(
  [
    ...['MaximumCpuSpeedFrequency', 'MinimumCpuSpeedFrequency', 'MaximumCpuTurboFrequency', 'MinimumCpuTurboFrequency'],
    ...['PhysicalProcessorModel', 'MinimumBaselineCredit', 'MinimumInitialCredit', 'MinimumEriQuantity'],
    ...['MinimumPrimaryEniQueueNumber', 'MinimumSecondaryEniQueueNumber', 'MinimumQueuePairNumber'],
  ].map((name) => [name, unserved('types do not say so much of the host')]),
)
type Condition = keyof typeof conditions

/** Which field of a type a condition is about, and how. */
const about: Readonly<Record<Condition, readonly [field: keyof View, how: 'is' | 'least' | 'most']>> = {
  InstanceTypes: ['InstanceTypeId', 'is'],
  InstanceTypeFamily: ['InstanceTypeFamily', 'is'],
  InstanceTypeFamilies: ['InstanceTypeFamily', 'is'],
  InstanceFamilyLevel: ['InstanceFamilyLevel', 'is'],
  InstanceCategory: ['InstanceCategory', 'is'],
  InstanceCategories: ['InstanceCategory', 'is'],
  CpuArchitecture: ['CpuArchitecture', 'is'],
  CpuArchitectures: ['CpuArchitecture', 'is'],
  GPUSpec: ['GPUSpec', 'is'],
  LocalStorageCategory: ['LocalStorageCategory', 'is'],
  NvmeSupport: ['NvmeSupport', 'is'],
  MinimumCpuCoreCount: ['CpuCoreCount', 'least'],
  MaximumCpuCoreCount: ['CpuCoreCount', 'most'],
  MinimumMemorySize: ['MemorySize', 'least'],
  MaximumMemorySize: ['MemorySize', 'most'],
  MinimumEniQuantity: ['EniQuantity', 'least'],
  MinimumEniPrivateIpAddressQuantity: ['EniPrivateIpAddressQuantity', 'least'],
  MinimumEniIpv6AddressQuantity: ['EniIpv6AddressQuantity', 'least'],
  MinimumGPUAmount: ['GPUAmount', 'least'],
  MaximumGPUAmount: ['GPUAmount', 'most'],
  MinimumDiskQuantity: ['DiskQuantity', 'least'],
  GpuSpecs: ['GPUSpec', 'is'],
  LocalStorageCategories: ['LocalStorageCategory', 'is'],
  MinimumLocalStorageAmount: ['LocalStorageAmount', 'least'],
  MinimumLocalStorageCapacity: ['LocalStorageCapacity', 'least'],
  MinimumInstanceBandwidthRx: ['InstanceBandwidthRx', 'least'],
  MinimumInstanceBandwidthTx: ['InstanceBandwidthTx', 'least'],
  MinimumInstancePpsRx: ['InstancePpsRx', 'least'],
  MinimumInstancePpsTx: ['InstancePpsTx', 'least'],
}

type Wanted = string | number | readonly string[] | undefined

function holds(view: View, condition: Condition, wanted: Wanted): boolean {
  if (wanted === undefined) return true
  const [field, how] = about[condition]
  const value = view[field]
  switch (how) {
    case 'is':
      return (typeof wanted === 'object' ? wanted : [wanted]).includes(String(value))
    case 'least':
      return Number(value) >= Number(wanted)
    case 'most':
      return Number(value) <= Number(wanted)
  }
}

export const instanceTypeActions: readonly Action[] = [
  action({
    product: 'ecs',
    name: 'DescribeInstanceTypes',
    level: 'read',
    doc: 'Lists instance types; the conditions given all hold.',
    parameters: {
      ...anyRegion,
      ...conditions,
      ...unknown,
      PhysicalProcessorModels: unservedTree('types do not say so much of the host'),
      AdditionalAttributes: inertTree('every attribute is always told'),
      ...tokenParameters(1, 1600),
    },
    errors: [],
    run: (input, { service }) => {
      const found = service
        .describeInstanceTypes()
        .map(viewOf)
        .filter((view) => (Object.keys(about) as Condition[]).every((condition) => holds(view, condition, input[condition])))
      const page = tokenPage(found, input, 1600)
      return Promise.resolve(page.ok ? ok({ NextToken: page.value.nextToken, InstanceTypes: { InstanceType: page.value.items } }) : page)
    },
  }),
]
