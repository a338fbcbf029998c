// What the cloud's API has no words for: who owns an address according to the plane, what was dropped, approvals.
import { ok } from '@havip/base'
import type { HavipView, InstanceView } from '@havip/vpc-service'
import { type Action, action, type Body } from '../action.ts'
import { answer, anyRegion, formatTime, pageNumbers, pageOf, pageParameters } from '../answer.ts'
import { flag, required, text, texts } from '../parameter.ts'
import { applicationOf } from './quota.ts'

const ownerOf = (havip: HavipView): Body => ({
  HaVipId: havip.id,
  IpAddress: havip.address,
  Status: havip.status,
  Problem: havip.problem?.text ?? '',
  AssociatedInstances: havip.instances,
  // One entry for each source that can tell.
  Owners: [
    havip.owner
      ? {
          Source: 'plane',
          InstanceId: havip.owner.instance,
          SinceMs: Math.round(havip.owner.sinceMs),
          LastSeenMs: Math.round(havip.owner.lastSeenMs),
        }
      : { Source: 'plane', InstanceId: '' },
  ],
})

/** Its primary interface, then the further ones. */
const portsOf = ({ id: instance, networkInterface, interfaces }: InstanceView) => [
  { instance, port: networkInterface, device: 0 },
  ...interfaces.map((row) => ({ instance, port: row.id, device: row.device })),
]

export const ownActions: readonly Action[] = [
  action({
    product: 'havip',
    name: 'DescribeHaVipOwners',
    level: 'read',
    doc: 'Says for each HaVip who announces it according to the data plane, since when, and how long ago it was last seen.',
    parameters: { ...anyRegion, HaVipId: texts('Up to 50 HaVips; all when left out.', 50), ...pageParameters(50) },
    errors: [],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      const filters = input.HaVipId === undefined ? [] : [{ key: 'HaVipId', values: input.HaVipId }]
      return answer(service.describeHavips(caller, { filters, paging }), (page) => ({
        ...pageNumbers(page, paging),
        HaVips: page.items.map(ownerOf),
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'DescribePortDrops',
    level: 'read',
    doc: 'Counts the frames each network interface of an instance was not allowed to send, the primary one first: false MAC, false address, announcements of a HaVip that is not bound to it, traffic of a HaVip that another instance owns.',
    parameters: { ...anyRegion, InstanceId: texts('Up to 100 instances; all when left out.', 100), ...pageParameters(100) },
    errors: [],
    run: async (input, { service, caller, ports }) => {
      const paging = pageOf(input)
      const found = await service.describeInstances(caller, { ids: input.InstanceId, paging })
      if (!found.ok) return found
      const drops = new Map((await ports.drops()).map((fact) => [fact.port, fact]))
      return ok({
        ...pageNumbers(found.value, paging),
        Ports: found.value.items.flatMap(portsOf).map(({ instance, port, device }) => {
          const fact = drops.get(port)
          return {
            InstanceId: instance,
            NetworkInterfaceId: port,
            DeviceIndex: device,
            // False: the plane has no such port now, or does not answer in time, and zeros mean nothing.
            Reported: fact !== undefined,
            SpoofedMac: fact?.spoofedMac ?? 0,
            SpoofedIpv4: fact?.spoofedIpv4 ?? 0,
            SpoofedArp: fact?.spoofedArp ?? 0,
            SpoofedIpv6: fact?.spoofedIpv6 ?? 0,
            SpoofedNd: fact?.spoofedNd ?? 0,
            UnboundHaVip: fact?.unboundHavip ?? 0,
            Ipv6: fact?.ipv6 ?? 0,
            Fenced: fact?.fenced ?? 0,
            Forbidden: fact?.forbidden ?? 0,
          }
        }),
      })
    },
  }),
  action({
    product: 'havip',
    name: 'DescribeEipTraffic',
    level: 'read',
    doc: 'Counts what each EIP carried since it was bound: IPv4 packets and bytes each way, and packets that its bandwidth cut off.',
    parameters: { ...anyRegion, AllocationId: texts('Up to 100 EIPs; all when left out.', 100), ...pageParameters(100) },
    errors: [],
    run: async (input, { service, caller, ports }) => {
      const paging = pageOf(input)
      const found = await service.describeEips(caller, { ids: input.AllocationId, paging })
      if (!found.ok) return found
      const counters = new Map((await ports.eipCounters()).map((fact) => [fact.eip, fact]))
      return ok({
        ...pageNumbers(found.value, paging),
        Eips: found.value.items.map((eip) => {
          const fact = counters.get(eip.id)
          return {
            AllocationId: eip.id,
            IpAddress: eip.address,
            // False: it is bound to nothing, or the plane has not got it yet or does not answer in time, and zeros mean nothing.
            Reported: fact !== undefined,
            InPackets: fact?.inPackets ?? 0,
            InBytes: fact?.inBytes ?? 0,
            OutPackets: fact?.outPackets ?? 0,
            OutBytes: fact?.outBytes ?? 0,
            InDropped: fact?.inDropped ?? 0,
            OutDropped: fact?.outDropped ?? 0,
          }
        }),
      })
    },
  }),
  action({
    product: 'havip',
    name: 'CreateShellSession',
    level: 'write',
    doc: 'Gives a token that opens one terminal in an instance, once, within a minute.',
    parameters: { ...anyRegion, InstanceId: required(text('The instance.', 64)) },
    errors: ['InvalidInstanceId.NotFound', 'IncorrectInstanceStatus'],
    run: async (input, { service, caller, ports }) => {
      const found = await service.getInstance(caller, { instance: input.InstanceId })
      if (!found.ok) return found
      if (found.value.status !== 'Running') {
        return {
          ok: false,
          fault: {
            code: 'IncorrectInstanceStatus',
            status: 403,
            message: `The instance is ${found.value.status}; a terminal needs Running.`,
          },
        }
      }
      const offer = ports.offerShell({ instance: found.value.id, account: caller.account, who: caller.name })
      return ok({ Token: offer.token, Path: `/shell/${found.value.id}`, ExpireTime: formatTime(offer.expiresAt) })
    },
  }),
  action({
    product: 'havip',
    name: 'ListApplications',
    level: 'administer',
    doc: 'Lists quota applications of every account.',
    parameters: { Status: text('Process, Agree or Disagree.', 64), ...pageParameters(100) },
    errors: ['OperationDenied.Administrator'],
    run: (input, { service, caller }) => {
      const paging = pageOf(input)
      return answer(service.listQuotaApplications(caller, { status: input.Status, everyAccount: true, paging }), (page) => ({
        ...pageNumbers(page, paging),
        QuotaApplications: page.items.map((application) => ({ ...applicationOf(application), AccountId: application.account })),
      }))
    },
  }),
  action({
    product: 'havip',
    name: 'ApproveQuotaApplication',
    level: 'administer',
    doc: 'Approves a quota application, or turns it down.',
    parameters: {
      ApplicationId: required(text('The application.', 64)),
      Agree: flag('False turns it down; approved when left out.'),
      AuditReason: text('Why.'),
    },
    errors: ['QuotaApplication.NotFound', 'QuotaApplication.Decided', 'OperationDenied.Administrator'],
    run: (input, { service, caller }) =>
      answer(
        service.decideQuotaApplication(caller, {
          application: input.ApplicationId,
          agree: input.Agree ?? true,
          auditReason: input.AuditReason ?? '',
        }),
        applicationOf,
      ),
  }),
]
