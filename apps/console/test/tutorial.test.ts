// The tutorial, clicked through from the one-time link to the test report, in both languages, light and dark.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { faults } from '../src/api/types.ts'
import { desktop, ensureBuilt, hasBrowser, inspect, launch, type View, type Visit, visit, Walker } from './browser.ts'
import { type Fixture, startFixture } from './fixture-server.ts'

let browser: Browser
before(async () => {
  if (!hasBrowser) return
  ensureBuilt()
  browser = await launch()
})
after(() => browser?.close())

const views: readonly View[] = [desktop, { ...desktop, language: 'zh', appearance: 'dark' }]

for (const view of views) {
  test(`the tutorial can be followed by clicking, in ${view.language} and ${view.appearance}`, {
    skip: !hasBrowser && 'there is no Chromium here',
  }, async (t) => {
    const fixture = await startFixture()
    try {
      const seen = await visit(browser, fixture.url, view)
      const walk = new Walk(seen, fixture, view)
      t.diagnostic('prerequisites: Quota Center, network, EIP, two instances')
      await walk.prerequisites()
      t.diagnostic('step 1: create an HAVIP')
      await walk.createHavip()
      t.diagnostic('step 2: keepalived on both instances')
      await walk.keepalived()
      t.diagnostic('step 3: associate the HAVIP with both ECS instances')
      await walk.bindInstances()
      t.diagnostic('step 4: associate the HAVIP with an EIP')
      await walk.bindEip()
      t.diagnostic('step 5: test high availability, every fault')
      await walk.testFaults()
      t.diagnostic('a rehearsal in the browser')
      await walk.simulate()
      t.diagnostic('every other page')
      await walk.look()
      assert.deepEqual(seen.complaints, [])
    } finally {
      await fixture.stop()
    }
  })
}

class Walk extends Walker {
  readonly #fixture: Fixture

  constructor(seen: Visit, fixture: Fixture, view: View) {
    super(seen, view)
    this.#fixture = fixture
  }

  #shot(name: string): Promise<void> {
    return inspect(this.seen, `${this.view.language}-${this.view.appearance}-${name}`)
  }

  async prerequisites(): Promise<void> {
    const page = this.page
    await page.goto(`${this.#fixture.url}/#signin=one-time-token-1`)
    await page.getByRole('heading', { level: 1, name: this.say('Overview', '概览') }).waitFor()
    assert.equal(new URL(page.url()).hash, '', 'the token stays in the address')
    await page.locator('[data-connection=live]').waitFor()
    await this.#shot('empty-overview')

    await this.nav('Quota Center', '配额中心')
    await page.locator('[data-id="vpc_whitelist/ha_vip_whitelist"]').getByRole('button').click()
    await this.dialog.getByLabel(this.say('Reason', '申请原因')).fill('high availability')
    await this.ok()
    await this.#shot('quota-review')
    await this.button('Approve', '批准').click()
    await page.locator('[data-id="vpc_whitelist/ha_vip_whitelist"]', { hasText: this.say('Granted', '已开通') }).waitFor()

    await this.nav('VPCs', '专有网络')
    await this.button('Create VPC', '创建专有网络').click()
    await this.dialog.getByLabel(this.say('Name', '名称')).fill('lab')
    await this.ok()
    await page.locator('tr[data-id]', { hasText: this.say('Available', '可用') }).waitFor()
    await this.nav('vSwitches', '交换机')
    await this.button('Create vSwitch', '创建交换机').click()
    await this.choose(this.say('Zone', '可用区'), 'cn-hangzhou-b')
    await this.dialog.getByLabel(this.say('Name', '名称')).fill('front')
    await this.ok()
    await page.locator('tr[data-id]', { hasText: this.say('Available', '可用') }).waitFor()

    await this.nav('EIPs', '弹性公网IP')
    await this.button('Apply for an EIP', '申请弹性公网IP').click()
    await this.ok()
    await page.locator('tr[data-id]').waitFor()

    await this.nav('Instances', '实例')
    for (const [name, address] of [
      ['ecs-1', '192.168.0.209'],
      ['ecs-2', '192.168.0.210'],
    ] as const) {
      await this.button('Create instance', '创建实例').click()
      await this.dialog.getByLabel(this.say('Name', '名称')).fill(name)
      await this.dialog.getByLabel(this.say('Private IP address', '私网 IP 地址')).fill(address)
      await this.ok()
      await page
        .locator('tr[data-id]', { hasText: name })
        .filter({ hasText: this.say('Running', '运行中') })
        .waitFor()
    }
    await this.#shot('instances')
  }

  async createHavip(): Promise<void> {
    const page = this.page
    await this.nav('HaVip', '高可用虚拟IP')
    await this.button('Create HaVip', '创建高可用虚拟IP').click()
    const label = this.say('Private IP address', '私网 IP 地址')
    await this.dialog.getByRole('radio', { name: this.say('No', '否'), exact: true }).check()
    const ok = this.dialog.getByRole('button', { name: this.say('OK', '确定'), exact: true })
    for (const [address, complaint] of [
      ['192.168.0', this.say('Not an IPv4 address', '不是有效的 IPv4 地址')],
      ['10.0.0.1', this.say('Outside the vSwitch', '不在交换机网段')],
      ['192.168.0.254', this.say('Reserved', '系统保留地址')],
      ['192.168.0.209', this.say('Already in use', '已被占用')],
    ] as const) {
      await this.dialog.getByLabel(label, { exact: true }).fill(address)
      await this.dialog.getByRole('alert').filter({ hasText: complaint }).waitFor()
      assert.equal(await ok.getAttribute('aria-disabled'), 'true')
    }
    await this.#shot('create-havip')
    await this.dialog.getByLabel(label, { exact: true }).fill('192.168.0.88')
    await this.ok()
    await page
      .locator('tr[data-id]', { hasText: '192.168.0.88' })
      .filter({ hasText: this.say('Available', '可用') })
      .waitFor()
  }

  async keepalived(): Promise<void> {
    const page = this.page
    for (const name of ['ecs-1', 'ecs-2']) {
      await this.nav('Instances', '实例')
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('link', { name: 'keepalived.conf' }).click()
      await this.button('Begin with the tutorial’s', '使用教程配置').click()
      await page.locator('.cm-content', { hasText: 'unicast_src_ip' }).waitFor()
      await this.button('Apply', '应用').click()
      await page
        .getByRole('status')
        .filter({ hasText: this.say('Written', '已写入') })
        .waitFor()
      if (name === 'ecs-2') await this.#shot('configuration')
      await page.getByRole('link', { name: this.say('Terminal', '终端') }).click()
      await page.locator('.xterm-rows', { hasText: 'root@ecs' }).waitFor()
      await page.keyboard.type('systemctl start keepalived && systemctl is-active keepalived && echo started-$?\r')
      await page.locator('.xterm-rows', { hasText: 'started-0' }).waitFor()
    }
    await this.#shot('terminal')
  }

  async bindInstances(): Promise<void> {
    const page = this.page
    await this.nav('HaVip', '高可用虚拟IP')
    await page.locator('tr[data-id] a').first().click()
    const section = page.locator('[data-resource=instances]')
    for (const name of ['ecs-1', 'ecs-2']) {
      await section.getByRole('button', { name: this.say('Bind ECS Instances', '绑定 ECS 实例') }).click()
      await this.choose(this.say('ECS Instances', 'ECS 实例'), name)
      if (name === 'ecs-2') await this.#shot('bind-instance')
      await this.ok()
      await section.locator('li', { hasText: name }).waitFor()
      await page.locator('dd', { hasText: this.say('InUse', '使用中') }).waitFor()
    }
    await section
      .locator('li', { hasText: 'ecs-1' })
      .filter({ hasText: this.say('Owner', '持有者') })
      .waitFor()
    const remove = this.button('Delete', '删除')
    assert.equal(await remove.getAttribute('aria-disabled'), 'true')
    await remove.hover()
    await page
      .getByRole('tooltip')
      .filter({ hasText: this.say('Unbind its ECS instances first', '请先解绑 ECS 实例') })
      .waitFor()
  }

  async bindEip(): Promise<void> {
    const page = this.page
    const section = page.locator('[data-resource=eip]')
    await section.getByRole('button', { name: this.say('Bind EIP', '绑定 弹性公网IP') }).click()
    await this.choose(this.say('EIP', '弹性公网IP'), '203.0.113')
    await this.ok()
    await section
      .locator('li', { hasText: '203.0.113.2' })
      .filter({ hasText: this.say('InUse', '使用中') })
      .waitFor()
    await this.#shot('havip')
  }

  async testFaults(): Promise<void> {
    const page = this.page
    await this.button('Test high availability', '测试高可用').click()
    for (const fault of faults) {
      await page.locator(`input[value="${fault}"]`).check()
      const start = this.button('Start the test', '开始测试')
      await page.waitForFunction(
        (text) => [...document.querySelectorAll('button')].some((one) => one.textContent === text && one.ariaDisabled !== 'true'),
        this.say('Start the test', '开始测试'),
      )
      await start.click()
      await page.locator('.figures').waitFor()
      await page
        .locator('table tr[data-id]', { hasText: this.say('Finished', '已完成') })
        .first()
        .waitFor()
      await page.waitForFunction(
        ([count, text]) =>
          [...document.querySelectorAll('table tr[data-id]')].filter((row) => row.textContent?.includes(String(text))).length >=
          Number(count),
        [faults.indexOf(fault) + 1, this.say('Finished', '已完成')] as const,
      )
      if (fault === 'power-loss') {
        await page.locator('.phases li.gap').waitFor()
        assert.ok(page.url().includes('test=t-'), 'the chosen test is not in the address')
        await this.#shot('test')
      }
    }
    const download = page.waitForEvent('download')
    await this.button('Save the report', '保存报告').click()
    const report = readFileSync(await (await download).path(), 'utf8')
    assert.match(report, /switchover/)
    assert.match(report, /192\.168\.0\.88/)
  }

  async simulate(): Promise<void> {
    const page = this.page
    await this.nav('Instances', '实例')
    await page.getByRole('link', { name: 'ecs-1', exact: true }).click()
    await page.getByRole('link', { name: 'keepalived.conf' }).click()
    await this.button('Compare', '对比').click()
    await page.locator('.cm-changedLine').first().waitFor()
    await this.button('Simulate', '仿真').click()
    await page.waitForFunction(
      (text) => [...document.querySelectorAll('button')].some((one) => one.textContent === text && one.ariaDisabled !== 'true'),
      this.say('Simulate', '开始仿真'),
    )
    await page
      .getByRole('button', { name: this.say('Simulate', '开始仿真'), exact: true })
      .last()
      .click()
    await page.locator('[data-simulated=done]').waitFor()
    await this.#shot('simulate')
  }

  async look(): Promise<void> {
    const page = this.page
    const pages = [
      ['Overview', '概览', 'overview'],
      ['Topology', '拓扑', 'topology'],
      ['HaVip', '高可用虚拟IP', 'havips'],
      ['One-click set-up', '一键搭建', 'setup'],
      ['Webhooks', 'Webhook', 'webhooks'],
      ['VPCs', '专有网络', 'vpcs'],
      ['vSwitches', '交换机', 'vswitches'],
      ['EIPs', '弹性公网IP', 'eips'],
      ['Events', '事件', 'events'],
      ['Quota Center', '配额中心', 'quotas'],
      ['Keys and users', '密钥与用户', 'access'],
      ['Audit log', '审计日志', 'audit'],
    ] as const
    for (const [en, zh, name] of pages) {
      await this.nav(en, zh)
      await page.locator('main h1').waitFor()
      await page.locator('.bone').first().waitFor({ state: 'detached' })
      await this.#shot(name)
    }
    await page.locator('.account summary').click()
    await page.getByRole('link', { name: this.say('Your account', '我的账号') }).click()
    await page.getByRole('heading', { level: 1, name: this.say('Your account', '我的账号') }).waitFor()
    await this.#shot('account')
    await this.nav('Overview', '概览')
    await this.button('Guide', '引导教程').click()
    await page.getByRole('complementary').waitFor()
    await this.#shot('guide')
  }
}
