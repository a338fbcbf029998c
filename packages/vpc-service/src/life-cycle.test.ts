import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, must, operator, rig, tutorial, wholePage } from './testing/rig.ts'

test('the tutorial: from the application to the EIP, and back to nothing', async () => {
  const all = rig()
  const { service, plane, compute } = all
  const { vpc, vswitch, instances, ports, havip } = await tutorial(all)
  const havipStatus = async () => (await must(service.describeHavips(operator, { paging: wholePage }))).items[0]?.status

  assert.equal(await havipStatus(), 'Available')
  for (const instance of instances) {
    await must(service.associateHavip(operator, { havip, instance }))
    assert.equal(await havipStatus(), 'Associating')
    await all.settle()
    assert.equal(await havipStatus(), 'InUse')
  }
  assert.deepEqual(plane.index.ports.get(ports[0])?.havips, ['192.168.0.88'])

  const { eip, address } = await must(service.allocateEip(operator, { bandwidth: 5, internetChargeType: 'PayByTraffic' }))
  assert.equal(address, '203.0.113.2')
  await must(service.associateEip(operator, { eip, instance: havip, instanceType: 'HaVip' }))
  const bound = (await must(service.describeEips(operator, { paging: wholePage }))).items[0]
  assert.deepEqual([bound?.status, bound?.target, bound?.vpc], ['Associating', { kind: 'HaVip', id: havip }, vpc])
  await all.settle()
  assert.deepEqual(plane.index.eips.get(eip), { eip, vpc, address: '203.0.113.2', target: '192.168.0.88', bandwidthMbit: 5 })

  plane.announce(havip, ports[0])
  await all.owners.refresh()
  all.clock.advance(100)
  const seen = (await must(service.describeHavips(operator, { filters: [{ key: 'HaVipId', values: [havip] }], paging: wholePage })))
    .items[0]
  assert.deepEqual(seen?.owner, { target: instances[0], instance: instances[0], sinceMs: 110, lastSeenMs: 105 })
  assert.deepEqual(seen?.eips, ['203.0.113.2'])
  assert.equal(await codeOf(service.unassociateHavip(operator, { havip, instance: instances[0] })), '400 Forbidden.UnassociateMaster')

  assert.equal(await codeOf(service.deleteHavip(operator, { havip })), '400 IncorrectStatus')
  await must(service.unassociateHavip(operator, { havip, instance: instances[0], force: true }))
  assert.equal(await codeOf(service.deleteHavip(operator, { havip })), '400 IncorrectStatus')
  await all.settle()
  assert.equal(await havipStatus(), 'InUse')
  await must(service.unassociateHavip(operator, { havip, instance: instances[1] }))
  await all.settle()
  assert.equal(await havipStatus(), 'Available')
  assert.equal(await codeOf(service.deleteHavip(operator, { havip })), '400 DependencyViolation.HaVipAssociatedWithEIP')
  assert.equal(await codeOf(service.releaseEip(operator, { eip })), '400 IncorrectEipStatus')
  await must(service.unassociateEip(operator, { eip, instance: havip }))
  await all.settle()
  assert.equal((await must(service.describeEips(operator, { paging: wholePage }))).items[0]?.target, undefined)
  await must(service.releaseEip(operator, { eip }))
  assert.equal(await codeOf(service.deleteVswitch(operator, { vswitch })), '400 DependencyViolation.HaVip')
  await must(service.deleteHavip(operator, { havip }))
  assert.equal(await codeOf(service.deleteVswitch(operator, { vswitch })), '400 DependencyViolation.HaVip')
  await all.settle()
  assert.equal(await codeOf(service.deleteVswitch(operator, { vswitch })), '400 DependencyViolation')
  assert.equal(await codeOf(service.deleteInstances(operator, { instances })), '403 IncorrectInstanceStatus')
  await must(service.deleteInstances(operator, { instances, force: true }))
  await all.settle()
  assert.equal((await must(service.describeInstances(operator, { paging: wholePage }))).total, 0)
  assert.equal(compute.machines.size, 0)
  assert.equal((await must(service.getVswitch(operator, { vswitch }))).availableAddresses, 252)
  assert.equal(await codeOf(service.deleteVpc(operator, { vpc })), '400 DependencyViolation.VSwitch')
  await must(service.deleteVswitch(operator, { vswitch }))
  await all.settle()
  await must(service.deleteVpc(operator, { vpc }))
  await all.settle()
  assert.equal(await codeOf(service.getVpc(operator, { vpc })), '404 InvalidVpcId.NotFound')
  assert.equal((await must(service.allocateEip(operator, {}))).address, address, 'the address came back to the pool')
  assert.deepEqual(plane.index.state(), { networks: [], switches: [], ports: [], havips: [], eips: [] })
})

test('an instance goes through the statuses of the cloud', async () => {
  const all = rig()
  const { service, compute } = all
  const { instances, ports } = await tutorial(all)
  const [instance] = instances
  const status = async () => (await must(service.getInstance(operator, { instance }))).status
  assert.equal(await status(), 'Running')
  assert.deepEqual(compute.machines.get(instance)?.spec, {
    instance,
    vpc: (await must(service.getInstance(operator, { instance }))).vpc,
    port: ports[0],
    hostName: 'ecs-1',
    mac: (await must(service.getInstance(operator, { instance }))).mac,
    address: '192.168.0.209',
    prefix: 24,
    gateway: '192.168.0.253',
    userData: '',
  })
  assert.equal(await codeOf(service.startInstance(operator, { instance })), '403 IncorrectInstanceStatus')
  await must(service.stopInstance(operator, { instance, force: true }))
  assert.equal(await status(), 'Stopping')
  await all.settle()
  assert.equal(await status(), 'Stopped')
  assert.equal(await codeOf(service.rebootInstance(operator, { instance })), '403 IncorrectInstanceStatus')
  await must(service.startInstance(operator, { instance }))
  assert.equal(await status(), 'Starting')
  await all.settle()
  assert.equal(await status(), 'Running')
  await must(service.rebootInstance(operator, { instance }))
  await all.settle()
  assert.equal(await status(), 'Running')
  const id = instance
  assert.deepEqual(
    compute.calls.filter((call) => call.includes(id)),
    [`start ${id} 1`, `stop ${id} force`, `start ${id} 2`, `stop ${id}`, `start ${id} 3`],
  )
})

test('an instance that is deleted leaves its HAVIP and gives up its EIP', async () => {
  const all = rig()
  const { service } = all
  const { instances, havip } = await tutorial(all)
  for (const instance of instances) {
    await must(service.associateHavip(operator, { havip, instance }))
    await all.settle()
  }
  const { eip } = await must(service.allocateEip(operator, {}))
  await must(service.associateEip(operator, { eip, instance: instances[0] }))
  await all.settle()
  await must(service.deleteInstances(operator, { instances: [instances[0]], force: true }))
  await all.settle()
  const left = (await must(service.describeHavips(operator, { paging: wholePage }))).items[0]
  assert.deepEqual([left?.status, left?.instances], ['InUse', [instances[1]]])
  const free = (await must(service.describeEips(operator, { paging: wholePage }))).items[0]
  assert.deepEqual([free?.status, free?.target], ['Available', undefined])
})

test('a command runs once, and its result is kept', async () => {
  const all = rig()
  const { service, compute } = all
  const { instances } = await tutorial(all)
  compute.answer = { kind: 'exited', status: 3, output: 'oh\n', truncated: false }
  const content = 'echo {{ What }} on {{ACS::InstanceId}}'
  const { invocation } = await must(
    service.runCommand(operator, {
      type: 'RunShellScript',
      content,
      encoding: 'PlainText',
      hasParameters: true,
      parameters: { what: 'hi' },
      instances,
    }),
  )
  const results = async () => (await must(service.describeInvocationResults(operator, { invocation, paging: wholePage }))).items
  assert.deepEqual(
    (await results()).map(({ status }) => status),
    ['Pending', 'Pending'],
  )
  await all.runCommands()
  assert.deepEqual(
    (await results()).map(({ status, exitCode, output, errorCode }) => [status, exitCode, output, errorCode]),
    [
      ['Failed', 3, 'oh\n', 'ExitCodeNonzero'],
      ['Failed', 3, 'oh\n', 'ExitCodeNonzero'],
    ],
  )
  assert.deepEqual(
    compute.calls.filter((call) => call.startsWith('run')),
    instances.map((id) => `run ${id} echo hi on ${id}`),
  )
  await all.runCommands()
  assert.equal(compute.calls.filter((call) => call.startsWith('run')).length, 2)
  assert.equal((await must(service.describeInvocations(operator, { paging: wholePage }))).items[0]?.results.length, 2)
})
