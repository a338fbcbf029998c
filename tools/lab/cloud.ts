// The tutorial's clicks as calls of the API: each function is one step, and waits until the cloud says it is done.
import type { Parameters, RpcClient } from '../../apps/havip/src/rpc-client.ts'
import { until } from './processes.ts'

export const region = 'cn-hangzhou'
type Row = Record<string, unknown>

/** Digs into an answer; @throws Error naming the path when it is not there. */
export function dig<T>(answer: Row, ...path: readonly (string | number)[]): T {
  let value: unknown = answer
  for (const key of path) {
    if (typeof value !== 'object' || value === null) throw new Error(`the answer has no ${path.join('.')}: ${JSON.stringify(answer)}`)
    value = (value as Record<string | number, unknown>)[key]
  }
  if (value === undefined) throw new Error(`the answer has no ${path.join('.')}: ${JSON.stringify(answer)}`)
  return value as T
}

export type Cloud = ReturnType<typeof cloud>

export function cloud(client: RpcClient) {
  const vpc = (action: string, parameters: Parameters = {}): Promise<Row> => client.call('vpc', action, { RegionId: region, ...parameters })
  const ecs = (action: string, parameters: Parameters = {}): Promise<Row> => client.call('ecs', action, { RegionId: region, ...parameters })
  const own = (action: string, parameters: Parameters = {}): Promise<Row> =>
    client.call('havip', action, { RegionId: region, ...parameters })

  const describeHavip = async (id: string): Promise<Row> =>
    dig<Row>(await vpc('DescribeHaVips', { 'Filter.1.Key': 'HaVipId', 'Filter.1.Value.1': id }), 'HaVips', 'HaVip', 0)
  const describeEip = async (id: string): Promise<Row> =>
    dig<Row>(await vpc('DescribeEipAddresses', { AllocationId: id }), 'EipAddresses', 'EipAddress', 0)
  const statusOf = async (id: string): Promise<string | undefined> =>
    dig<Row[]>(await ecs('DescribeInstances', { InstanceIds: JSON.stringify([id]) }), 'Instances', 'Instance').map((row) =>
      String(row.Status),
    )[0]

  return {
    vpc,
    ecs,
    own,
    quotas: (action: string, parameters: Parameters = {}): Promise<Row> => client.call('quotas', action, parameters),
    describeHavip,
    describeEip,

    createVpc: async (cidr: string, name: string): Promise<string> => {
      const id = dig<string>(await vpc('CreateVpc', { CidrBlock: cidr, VpcName: name }), 'VpcId')
      await until(`VPC ${id} is Available`, async () =>
        dig<string>(await vpc('DescribeVpcAttribute', { VpcId: id }), 'Status') === 'Available' ? true : undefined,
      )
      return id
    },
    createVswitch: async (vpcId: string, cidr: string, zone: string, name: string): Promise<string> => {
      const id = dig<string>(await vpc('CreateVSwitch', { VpcId: vpcId, CidrBlock: cidr, ZoneId: zone, VSwitchName: name }), 'VSwitchId')
      await until(`vSwitch ${id} is Available`, async () =>
        dig<string>(await vpc('DescribeVSwitchAttributes', { VSwitchId: id }), 'Status') === 'Available' ? true : undefined,
      )
      return id
    },
    createSecurityGroup: async (vpcId: string): Promise<string> =>
      dig<string>(await ecs('CreateSecurityGroup', { VpcId: vpcId, SecurityGroupName: 'web' }), 'SecurityGroupId'),
    runInstance: async (vswitch: string, group: string, name: string, address: string, userData: string): Promise<string> => {
      const images = dig<Row[]>(await ecs('DescribeImages'), 'Images', 'Image')
      const types = dig<Row[]>(await ecs('DescribeInstanceTypes'), 'InstanceTypes', 'InstanceType')
      return dig<string>(
        await ecs('RunInstances', {
          ImageId: String(images[0]?.ImageId),
          InstanceType: String(types[0]?.InstanceTypeId),
          VSwitchId: vswitch,
          SecurityGroupId: group,
          InstanceName: name,
          HostName: name,
          PrivateIpAddress: address,
          UserData: Buffer.from(userData).toString('base64'),
        }),
        'InstanceIdSets',
        'InstanceIdSet',
        0,
      )
    },
    waitForInstance: (id: string, status: string): Promise<true> =>
      until(`instance ${id} is ${status}`, async () => ((await statusOf(id)) === status ? true : undefined), 30_000),
    /** Name and value of one command run inside; @throws Error when it does not end with 0. */
    runCommand: async (instance: string, script: string): Promise<string> => {
      const invocation = dig<string>(
        await ecs('RunCommand', { Type: 'RunShellScript', CommandContent: script, 'InstanceId.1': instance, Timeout: 60 }),
        'InvokeId',
      )
      const result = await until(
        `the command ends in ${instance}`,
        async () => {
          const [row] = dig<Row[]>(
            await ecs('DescribeInvocationResults', { InvokeId: invocation, ContentEncoding: 'PlainText' }),
            'Invocation',
            'InvocationResults',
            'InvocationResult',
          )
          return row && !['Pending', 'Running'].includes(String(row.InvocationStatus)) ? row : undefined
        },
        70_000,
      )
      if (result.InvocationStatus !== 'Success')
        throw new Error(
          `a command in ${instance} ended with ${String(result.InvocationStatus)}: ${String(result.Output)} ${String(result.ErrorInfo)}`,
        )
      return String(result.Output)
    },
    createHavip: async (vswitch: string, address: string | undefined, name: string): Promise<{ id: string; address: string }> => {
      const answer = await vpc('CreateHaVip', { VSwitchId: vswitch, IpAddress: address, Name: name })
      const id = dig<string>(answer, 'HaVipId')
      await until(`HAVIP ${id} is Available`, async () => ((await describeHavip(id)).Status === 'Available' ? true : undefined))
      return { id, address: dig<string>(answer, 'IpAddress') }
    },
    bindInstance: async (havip: string, instance: string): Promise<void> => {
      await vpc('AssociateHaVip', { HaVipId: havip, InstanceId: instance })
      await until(`HAVIP ${havip} is bound to ${instance}`, async () => {
        const row = await describeHavip(havip)
        return row.Status === 'InUse' && dig<string[]>(row, 'AssociatedInstances', 'associatedInstance').includes(instance)
          ? true
          : undefined
      })
    },
    bindEip: async (eip: string, havip: string): Promise<void> => {
      await vpc('AssociateEipAddress', { AllocationId: eip, InstanceId: havip, InstanceType: 'HaVip' })
      await until(`EIP ${eip} is InUse`, async () => ((await describeEip(eip)).Status === 'InUse' ? true : undefined))
    },
    /** The instance that announces the address, as the data plane sees it. */
    waitForOwner: (havip: string, instance: string): Promise<true> =>
      until(
        `${instance} owns the HAVIP`,
        async () => ((await describeHavip(havip)).MasterInstanceId === instance ? true : undefined),
        30_000,
      ),
  }
}
