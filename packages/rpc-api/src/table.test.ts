// Promises that every row of the action table keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultTable } from '@havip/vpc'
import { actions, describeActions, findAction, type ParameterDescription } from './table.ts'

test('no action lacks a permission, a level and a sentence', () => {
  for (const one of describeActions()) {
    assert.match(one.permission, /^(vpc|ecs|quotas|location|havip|sts):[A-Z][A-Za-z0-9]+$/)
    assert.ok(['read', 'write', 'administer', 'self'].includes(one.level), one.name)
    assert.match(one.doc, /^[A-Z].{10,}\.$/, `${one.name}: ${one.doc}`)
  }
})
test('every parameter has a sentence and a kind', () => {
  const check = (owner: string, parameters: readonly ParameterDescription[]): void => {
    for (const parameter of parameters) {
      assert.match(parameter.doc, /^.+[.…]$/, `${owner} ${parameter.name}: ${parameter.doc}`)
      assert.ok(parameter.kind.length > 0)
      check(owner, parameter.members ?? [])
    }
  }
  for (const one of describeActions()) check(one.name, one.parameters)
})
test('no action of a version is there twice', () => {
  assert.equal(new Set(describeActions().map((one) => `${one.version} ${one.name}`)).size, actions.length)
})
test('every code that an action names is in the table of faults', () => {
  for (const one of actions) for (const code of one.errors) assert.ok(code in faultTable, `${one.name}: ${code}`)
})
test('reads are named as reads, and nothing that changes is', () => {
  for (const one of actions.filter((each) => each.level !== 'administer' && each.level !== 'self')) {
    assert.equal(one.level === 'read', /^(Describe|List|Get)/.test(one.name), one.name)
  }
})
test('the same name in two products is two actions', () => {
  assert.notEqual(findAction('2016-04-28', 'DescribeZones'), findAction('2014-05-26', 'DescribeZones'))
  assert.ok(findAction('2016-04-28', 'UnTagResources') && findAction('2014-05-26', 'UntagResources'))
  assert.equal(findAction('2016-04-28', 'UntagResources'), undefined)
  assert.equal(findAction('2016-04-28', 'describevpcs'), undefined)
})
test('every action that the tutorial and its clients need is there', () => {
  const names = new Set(actions.map((one) => `${one.product}:${one.name}`))
  const needed = {
    vpc: `CreateHaVip DeleteHaVip DescribeHaVips ModifyHaVipAttribute AssociateHaVip UnassociateHaVip AllocateEipAddress ReleaseEipAddress
      DescribeEipAddresses AssociateEipAddress UnassociateEipAddress ModifyEipAddressAttribute CreateVpc DeleteVpc DescribeVpcs
      DescribeVpcAttribute ModifyVpcAttribute CreateVSwitch DeleteVSwitch DescribeVSwitches DescribeVSwitchAttributes ModifyVSwitchAttribute
      DescribeRegions DescribeZones DescribeRouteTableList TagResources UnTagResources ListTagResources MoveResourceGroup
      ModifyRouteTableAttributes DeletionProtection`,
    ecs: `RunInstances CreateInstance DescribeInstances DescribeInstanceStatus DescribeInstanceAttribute StartInstance StopInstance
      RebootInstance DeleteInstance DeleteInstances DescribeNetworkInterfaces RunCommand CreateCommand InvokeCommand
      DescribeInvocationResults DescribeInvocations DescribeCloudAssistantStatus DescribeImages DescribeInstanceTypes
      CreateSecurityGroup DescribeSecurityGroups DeleteSecurityGroup DescribeRegions DescribeZones DescribeDisks DescribeUserData
      DescribeInstanceRamRole DescribeInstanceMaintenanceAttributes DescribeSecurityGroupAttribute TagResources UntagResources`,
    quotas: 'ListProductQuotas GetProductQuota CreateQuotaApplication ListQuotaApplications GetQuotaApplication',
    location: 'DescribeEndpoints',
    havip: 'DescribeHaVipOwners DescribePortDrops DescribeEipTraffic ApproveQuotaApplication DescribeAuditEvents CreateShellSession',
  }
  for (const [product, list] of Object.entries(needed)) {
    for (const name of list.split(/\s+/)) assert.ok(names.has(`${product}:${name}`), `${product}:${name}`)
  }
})
