// HaVip: a private address that moves between instances.
import { isIpv6 } from '@havip/base'
import type { HavipView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import { answer, clientToken, done, formatTime, inRegion, pageNumbers, pageOf, pageParameters, resourceGroup, vpcTags } from '../answer.ts'
import { choice, objects, required, tags, text, texts } from '../parameter.ts'

const havipId = required(text('The HaVip.', 64))
const description = text('Up to 256 characters, not beginning with http:// or https://.', 4096)
const name = text('1 to 128 characters, not beginning with http:// or https://.', 4096)
const instanceType = choice('What InstanceId is; EcsInstance when left out.', ['EcsInstance', 'NetworkInterface'])

const viewOf = (havip: HavipView): Body => ({
  HaVipId: havip.id,
  IpAddress: havip.address,
  IpVersion: isIpv6(havip.address) ? 'IPV6' : 'IPV4',
  Name: havip.name,
  Description: havip.description,
  Status: havip.status,
  ChargeType: 'PostPaid',
  RegionId: havip.region,
  VpcId: havip.vpc,
  VSwitchId: havip.vswitch,
  CreateTime: formatTime(havip.createdAt),
  ResourceGroupId: havip.resourceGroup,
  // An interface's own id where interfaces are bound.
  MasterInstanceId: havip.owner?.target ?? '',
  AssociatedInstanceType: havip.interfaces.length > 0 ? 'NetworkInterface' : havip.instances.length > 0 ? 'EcsInstance' : '',
  AssociatedInstances: { associatedInstance: [...havip.instances, ...havip.interfaces] },
  AssociatedEipAddresses: { associatedEipAddresse: havip.eips },
  Tags: vpcTags(havip.tags),
})

export const havipActions: readonly Action[] = [
  action({
    product: 'vpc',
    name: 'CreateHaVip',
    level: 'write',
    doc: 'Creates a HaVip in a vSwitch, at a given address of IPv4 or IPv6, or at one that is free.',
    parameters: {
      ...inRegion,
      VSwitchId: required(text('The vSwitch; it fixes VPC and zone.', 64)),
      IpAddress: text('A free address inside the vSwitch, of IPv4 or IPv6; left out: the server picks one.', 64),
      IpVersion: choice('Which address is picked; IPV4 when left out.', ['IPV4', 'IPV6']),
      Name: name,
      Description: description,
      ...clientToken,
      ...resourceGroup,
      Tag: tags(),
    },
    errors: [
      'Forbidden.HaVip',
      'InvalidVSwitch.NotFound',
      'InvalidVSwitch.Ipv6NotTurnOn',
      'InvalidIPAddress.OutOfRange',
      'InvalidIPAddress.NotAvailable',
      'InvalidIPAddress.AlreadyUsed',
      'InvalidIPAddress.Malformed',
      'InvalidPrivateIp.NotFound',
      'InvalidDescription.Malformed',
      'Abs.Vpc.InvalidName.Malformed',
      'QuotaExceeded.HaVip',
      'InvalidRegionId.NotFound',
    ],
    run: (input, { service, caller }) =>
      answer(
        service.createHavip(caller, {
          vswitch: input.VSwitchId,
          address: input.IpAddress,
          family: input.IpVersion === undefined ? undefined : input.IpVersion === 'IPV6' ? 'ipv6' : 'ipv4',
          name: input.Name,
          description: input.Description,
          resourceGroup: input.ResourceGroupId,
          tags: input.Tag,
        }),
        ({ havip, address }) => ({ HaVipId: havip, IpAddress: address }),
      ),
  }),
  action({
    product: 'vpc',
    name: 'DeleteHaVip',
    level: 'write',
    doc: 'Deletes a HaVip to which nothing is associated.',
    parameters: { ...inRegion, HaVipId: havipId, ...clientToken },
    errors: ['InvalidHaVipId.NotFound', 'IncorrectStatus', 'DependencyViolation.HaVipAssociatedWithEIP', 'Forbidden.HaVip'],
    run: (input, { service, caller }) => done(service.deleteHavip(caller, { havip: input.HaVipId })),
  }),
  action({
    product: 'vpc',
    name: 'DescribeHaVips',
    level: 'read',
    doc: 'Lists HaVips, with the instance that announces each address now.',
    parameters: {
      ...inRegion,
      Filter: objects('Conditions that all hold; the values of one are alternatives.', 5, {
        Key: required(text('VpcId, VSwitchId, Status, HaVipId or HaVipAddress.', 64)),
        Value: texts('Alternatives.', 5),
      }),
      Tags: tags('Tags that the resource must carry.'),
      ...resourceGroup,
      ...pageParameters(50),
    },
    errors: ['InvalidFilterKey.ValueNotSupported'],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      const filters = (input.Filter ?? []).map((filter) => ({ key: filter.Key, values: filter.Value ?? [] }))
      return answer(
        service.describeHavips(caller, { filters, tags: input.Tags, resourceGroup: input.ResourceGroupId, paging }),
        (page) => ({ ...pageNumbers(page, paging), HaVips: { HaVip: page.items.map(viewOf) } }),
      )
    },
  }),
  action({
    product: 'vpc',
    name: 'ModifyHaVipAttribute',
    level: 'write',
    doc: 'Changes name and description of a HaVip.',
    parameters: { ...inRegion, HaVipId: havipId, Name: name, Description: description, ...clientToken },
    errors: [
      'InvalidHaVipId.NotFound',
      'IncorrectStatus',
      'InvalidDescription.Malformed',
      'Abs.Vpc.InvalidName.Malformed',
      'Forbidden.HaVip',
    ],
    run: (input, { service, caller }) =>
      done(service.modifyHavip(caller, { havip: input.HaVipId, name: input.Name, description: input.Description })),
  }),
  action({
    product: 'vpc',
    name: 'AssociateHaVip',
    level: 'write',
    doc: 'Lets an instance or a network interface of the same vSwitch announce the HaVip.',
    parameters: {
      ...inRegion,
      HaVipId: havipId,
      InstanceId: required(text('The instance or network interface.', 64)),
      InstanceType: instanceType,
      ...clientToken,
    },
    errors: [
      'InvalidHaVipId.NotFound',
      'InvalidInstanceId.NotFound',
      'IncorrectHaVipStatus',
      'IncorrectInstanceStatus',
      'CountLimitExceed.HaVipOnInstance',
      'CountLimitExceeded.HaVipOnECSInstance',
      'InvalidParameter.Mismatch',
      'Forbidden.HaVip',
    ],
    run: (input, { service, caller }) =>
      done(service.associateHavip(caller, { havip: input.HaVipId, instance: input.InstanceId, instanceType: input.InstanceType })),
  }),
  action({
    product: 'vpc',
    name: 'UnassociateHaVip',
    level: 'write',
    doc: 'Takes the right to announce the HaVip from an instance; from the one that holds it only with Force.',
    parameters: {
      ...inRegion,
      HaVipId: havipId,
      InstanceId: required(text('The instance or network interface.', 64)),
      InstanceType: instanceType,
      Force: text('True: also from the instance that holds the address now.', 16),
      ...clientToken,
    },
    errors: [
      'InvalidHaVipId.NotFound',
      'IncorrectHaVipStatus',
      'IncorrectInstanceStatus',
      'ResourceNotAssociated',
      'Forbidden.UnassociateMaster',
      'Forbidden.HaVip',
    ],
    run: (input, { service, caller }) =>
      done(
        service.unassociateHavip(caller, {
          havip: input.HaVipId,
          instance: input.InstanceId,
          instanceType: input.InstanceType,
          force: input.Force?.toLowerCase() === 'true',
        }),
      ),
  }),
]
