// The tutorial as clicks in a real browser, on a real controller: the steps of real.test.ts, in either language.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Fault } from '../src/api/types.ts'
import { inspect, type View, type Visit, Walker } from './browser.ts'

/** Two instances, their addresses, and the HaVip's; a vSwitch of its own for each walk. */
export type Cast = {
  readonly vpc: string
  readonly vswitch: string
  readonly cidr: string
  readonly ecs: readonly [string, string]
  readonly addresses: readonly [string, string]
  readonly havip: string
}

export class RealWalk extends Walker {
  readonly #cast: Cast
  readonly #note: (text: string) => void

  constructor(seen: Visit, view: View, cast: Cast, note: (text: string) => void) {
    super(seen, view)
    this.#cast = cast
    this.#note = note
    // The machine has two cores, and everything of the scenario runs on them.
    seen.page.setDefaultTimeout(25_000)
  }

  async shot(name: string): Promise<void> {
    await inspect(this.seen, `real-${this.view.language}-${name}`)
  }

  async signIn(url: string): Promise<void> {
    await this.page.goto(url)
    await this.page.getByRole('heading', { level: 1, name: this.say('Overview', '概览') }).waitFor()
    assert.equal(new URL(this.page.url()).hash, '', 'the token stays in the address')
    await this.page.locator('[data-connection=live]').waitFor()
  }

  async applyForQuota(): Promise<void> {
    await this.nav('Quota Center', '配额中心')
    const row = this.page.locator('[data-id="vpc_whitelist/ha_vip_whitelist"]')
    await row.getByRole('button').click()
    await this.dialog.getByLabel(this.say('Reason', '申请原因')).fill('high availability')
    await this.ok()
    await row.filter({ hasText: this.say('Granted', '已开通') }).waitFor()
  }

  async prerequisites(): Promise<void> {
    const page = this.page
    const { vpc, vswitch, cidr, ecs, addresses } = this.#cast
    await this.nav('VPCs', '专有网络')
    await this.button('Create VPC', '创建专有网络').click()
    await this.dialog.getByLabel(this.say('Name', '名称')).fill(vpc)
    await this.ok()
    await page
      .locator('tr[data-id]', { hasText: vpc })
      .filter({ hasText: this.say('Available', '可用') })
      .waitFor()
    await this.nav('vSwitches', '交换机')
    await this.button('Create vSwitch', '创建交换机').click()
    await this.choose(this.say('VPC', '专有网络'), vpc)
    await this.choose(this.say('Zone', '可用区'), 'cn-hangzhou-b')
    await this.dialog.getByLabel(this.say('Name', '名称')).fill(vswitch)
    await this.dialog.getByLabel(this.say('CIDR block', '网段')).fill(cidr)
    await this.ok()
    await page
      .locator('tr[data-id]', { hasText: vswitch })
      .filter({ hasText: this.say('Available', '可用') })
      .waitFor()
    await this.nav('EIPs', '弹性公网IP')
    await this.button('Apply for an EIP', '申请弹性公网IP').click()
    await this.ok()
    await page.locator('tr[data-id]', { hasText: this.say('Available', '可用') }).waitFor()
    await this.nav('Instances', '实例')
    for (const [i, name] of ecs.entries()) {
      await this.button('Create instance', '创建实例').click()
      await this.choose(this.say('vSwitch', '交换机'), vswitch)
      await this.dialog.getByLabel(this.say('Name', '名称')).fill(name)
      await this.dialog.getByLabel(this.say('Private IP address', '私网 IP 地址')).fill(addresses[i] ?? '')
      await this.ok()
      await page
        .locator('tr[data-id]', { hasText: name })
        .filter({ hasText: this.say('Running', '运行中') })
        .waitFor()
    }
    await this.shot('instances')
  }

  async createHavip(): Promise<void> {
    const page = this.page
    const { vpc, havip } = this.#cast
    await this.nav('HaVip', '高可用虚拟IP')
    await this.button('Create HaVip', '创建高可用虚拟IP').click()
    await this.choose(this.say('VPC', '专有网络'), vpc)
    await this.dialog.getByRole('radio', { name: this.say('No', '否'), exact: true }).check()
    await this.dialog.getByLabel(this.say('Private IP address', '私网 IP 地址'), { exact: true }).fill(havip)
    await this.shot('create-havip')
    await this.ok()
    await page
      .locator('tr[data-id]', { hasText: havip })
      .filter({ hasText: this.say('Available', '可用') })
      .waitFor()
  }

  /** By the terminal and the tutorial's words on the first, by the editor's button on the second. */
  async keepalived(): Promise<void> {
    const page = this.page
    const [first] = this.#cast.ecs
    for (const name of this.#cast.ecs) {
      await this.#openInstance(name)
      await page.getByRole('link', { name: 'keepalived.conf' }).click()
      await this.button('Begin with the tutorial’s', '使用教程配置').click()
      await page.locator('.cm-content', { hasText: 'unicast_src_ip' }).waitFor()
      await this.button('Apply', '应用').click()
      await page
        .getByRole('status')
        .filter({ hasText: this.say('Written', '已写入') })
        .waitFor()
      if (name === first) {
        await page.getByRole('link', { name: this.say('Terminal', '终端') }).click()
        await page.locator('.xterm-rows', { hasText: '#' }).waitFor()
        await page.locator('.xterm-helper-textarea').focus()
        await page.keyboard.type('systemctl start keepalived && systemctl status keepalived\r')
        await page.locator('.xterm-rows', { hasText: 'active (running)' }).waitFor()
        await this.shot('terminal')
      } else {
        await this.button('Start keepalived', '启动 keepalived').click()
        await page
          .getByRole('status')
          .filter({ hasText: this.say('keepalived runs', 'keepalived 已启动') })
          .waitFor()
        await this.shot('configuration')
      }
    }
  }

  /** A change that the running daemon takes, and the way back. */
  async editAndRollBack(): Promise<void> {
    const page = this.page
    const isLoaded = page.getByRole('status').filter({ hasText: this.say('has loaded it', '已重新加载') })
    await page.locator('.cm-content').click()
    await page.keyboard.press('Control+Home')
    await page.keyboard.type('# changed in the console\n')
    await this.button('Apply', '应用').click()
    await isLoaded.waitFor()
    await this.button('Roll back', '回滚').click()
    await page.locator('.cm-content', { hasText: 'changed in the console' }).waitFor({ state: 'detached' })
    await isLoaded.waitFor()
  }

  async bindInstances(): Promise<void> {
    const page = this.page
    await this.#openHavip()
    const section = page.locator('[data-resource=instances]')
    for (const name of this.#cast.ecs) {
      await section.getByRole('button', { name: this.say('Bind ECS Instances', '绑定 ECS 实例') }).click()
      await this.choose(this.say('ECS Instances', 'ECS 实例'), name)
      await this.ok()
      await section.locator('li', { hasText: name }).waitFor()
      await page.locator('dd', { hasText: this.say('InUse', '使用中') }).waitFor()
    }
    await section
      .locator('li', { hasText: this.#cast.ecs[0] })
      .filter({ hasText: this.say('Owner', '持有者') })
      .waitFor()
  }

  /** @returns the EIP */
  async bindEip(): Promise<string> {
    const section = this.page.locator('[data-resource=eip]')
    await section.getByRole('button', { name: this.say('Bind EIP', '绑定 弹性公网IP') }).click()
    await this.choose(this.say('EIP', '弹性公网IP'), '.')
    await this.ok()
    const row = section.locator('li').filter({ hasText: this.say('InUse', '使用中') })
    await row.waitFor()
    await this.shot('havip')
    return row.locator('.copyable .mono').first().innerText()
  }

  async #openInstance(name: string): Promise<void> {
    await this.nav('Instances', '实例')
    await this.page.getByRole('link', { name, exact: true }).click()
  }
  async #openHavip(): Promise<void> {
    await this.nav('HaVip', '高可用虚拟IP')
    await this.page.locator('tr[data-id]', { hasText: this.#cast.havip }).locator('a').first().click()
  }

  /** The tutorial's own test: what fails is chosen by hand. */
  async powerOff(name: string): Promise<void> {
    await this.#openInstance(name)
    await this.button('Power off', '强制断电').click()
    await this.dialog.getByRole('button', { name: this.say('Power off', '强制断电'), exact: true }).click()
    await this.page.locator('dd', { hasText: this.say('Stopped', '已停止') }).waitFor()
  }
  async powerOn(name: string): Promise<void> {
    await this.#openInstance(name)
    await this.button('Start', '启动').click()
    await this.page.locator('dd', { hasText: this.say('Running', '运行中') }).waitFor()
    await this.#openHavip()
    // It is the preferred one, and takes the address back.
    await this.page
      .locator('[data-resource=instances] li', { hasText: name })
      .filter({ hasText: this.say('Owner', '持有者') })
      .waitFor()
  }

  /** Each fault on whoever has the address, one after the other, and its explanation. */
  async testFaults(faults: readonly Fault[], moves: readonly Fault[]): Promise<void> {
    const page = this.page
    await this.#openHavip()
    await this.button('Test high availability', '测试高可用').click()
    const start = this.button('Start the test', '开始测试')
    for (const [done, fault] of faults.entries()) {
      await page.locator(`input[value="${fault}"]`).check()
      await page.waitForFunction(
        (text) => [...document.querySelectorAll('button')].some((one) => one.textContent === text && one.ariaDisabled !== 'true'),
        this.say('Start the test', '开始测试'),
        { timeout: 60_000 },
      )
      await start.click()
      await page.waitForFunction(
        ([count, text]) =>
          [...document.querySelectorAll('table tr[data-id]')].filter((row) => row.textContent?.includes(String(text))).length >=
          Number(count),
        [done + 1, this.say('Finished', '已完成')] as const,
        { timeout: 120_000 },
      )
      const { ecs } = this.#cast
      const [, lost, before, after] = await page.locator('.figures dd').allInnerTexts()
      const reason = await page.locator('.result .note p').first().innerText()
      this.#note(`${fault}: ${(await page.locator('.figures dd').first().innerText()).trim()}, ${lost} lost; ${reason}`)
      assert.equal(before, ecs[0], `${fault}: before`)
      assert.equal(after, moves.includes(fault) ? ecs[1] : ecs[0], `${fault}: after`)
      assert.notEqual(reason, '', `${fault}: why`)
      await this.shot(`test-${fault}`)
    }
    const download = page.waitForEvent('download')
    await this.button('Save the report', '保存报告').click()
    const report = readFileSync(await (await download).path(), 'utf8')
    assert.ok(report.includes(this.#cast.havip) && report.includes(faults.at(-1) ?? ''), 'the report is of something else')
  }

  async why(): Promise<void> {
    const page = this.page
    await this.#openHavip()
    await page.getByRole('link', { name: this.say('Why it moved', '切换原因') }).click()
    await page.locator('[data-failover]').waitFor()
    const names = this.#cast.ecs
    for (const name of names) await page.locator('.failover-node', { hasText: name }).waitFor()
    assert.ok((await page.locator('.failover-state').count()) >= 2, 'no states are drawn')
    assert.ok((await page.locator('.story li').count()) >= 1, 'no story is told')
    await this.shot('why')
  }

  async topology(): Promise<void> {
    await this.nav('Topology', '拓扑')
    await this.page.locator('.card.owner').first().waitFor()
    await this.shot('topology')
  }

  /** @param restart kills the controller with SIGKILL and starts it again. */
  async loseController(kill: () => void, restart: () => Promise<void>): Promise<void> {
    kill()
    await this.page
      .getByRole('alert')
      .filter({ hasText: this.say('has not been heard for', '未收到控制器的消息') })
      .waitFor()
    assert.equal(await this.page.locator('[data-connection=live]').count(), 0, 'it shows green and hears nothing')
    await restart()
    await this.page.locator('[data-connection=live]').waitFor()
  }
}
