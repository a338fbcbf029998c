// The tutorial from the sign-in link to the tested EIP, by clicking, in Debian's Chromium against the real controller, in both
// languages; the EIP's own page in a browser before and after a failover; the controller killed while a page is open.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { sleep } from '../../../tools/lab/processes.ts'
import { needsRoot } from '../../../tools/lab/segment.ts'
import { createWorld, type World } from '../../../tools/lab/world.ts'
import { faults } from '../src/api/types.ts'
import { browserFlags, desktop, ensureBuilt, hasBrowser, launch, pictures, visit } from './browser.ts'
import { type Cast, RealWalk } from './real-walk.ts'

const english: Cast = {
  vpc: 'lab',
  vswitch: 'front',
  cidr: '192.168.0.0/24',
  ecs: ['ecs-1', 'ecs-2'],
  addresses: ['192.168.0.209', '192.168.0.210'],
  havip: '192.168.0.88',
}
const chinese: Cast = {
  vpc: '实验网络',
  vswitch: '前端',
  cidr: '192.168.1.0/24',
  ecs: ['web-1', 'web-2'],
  addresses: ['192.168.1.209', '192.168.1.210'],
  havip: '192.168.1.88',
}

/** After a daemon was killed its spare has the address where it was. */
const movingFaults = faults.filter((fault) => fault !== 'kill-daemon')

/** A browser on the Internet's side of the world. */
async function launchOutside(world: World) {
  const wrapper = join(world.state, 'chromium-outside')
  writeFileSync(wrapper, `#!/bin/sh\nexec ${world.onInternet(['/usr/bin/chromium']).join(' ')} "$@"\n`)
  chmodSync(wrapper, 0o755)
  return chromium.launch({ executablePath: wrapper, args: browserFlags })
}

test('the whole tutorial by clicking, on the real controller, in English and in Chinese', {
  skip: needsRoot || (!hasBrowser && 'there is no Chromium here'),
  timeout: 900_000,
}, async (t) => {
  ensureBuilt()
  const prefix = `hvc${randomBytes(3).toString('hex')}-`
  const world = await createWorld({ prefix, state: `/var/lib/havip/${prefix}world` })
  const browser = await launch()
  const outside = await launchOutside(world)
  const signInLink = async (): Promise<string> => `${world.endpoint}${String((await world.client.call('havip', 'CreateSigninLink')).Path)}`
  try {
    const seen = await visit(browser, world.endpoint, desktop)
    const walk = new RealWalk(seen, desktop, english, (text) => t.diagnostic(text))
    await walk.signIn(await signInLink())
    await walk.applyForQuota()
    await walk.prerequisites()
    await walk.createHavip()
    await walk.keepalived()
    await walk.editAndRollBack()
    await walk.bindInstances()
    const eip = await walk.bindEip()

    t.diagnostic(`the page of the EIP, http://${eip}/, in a browser on the Internet's side`)
    const page = await outside.newPage()
    const showsIn = async (name: string): Promise<void> => {
      for (let turn = 0; turn < 60; turn++) {
        const answer = await page.goto(`http://${eip}/`, { timeout: 2_000 }).catch(() => undefined)
        if (answer?.ok() && (await page.locator('h1').innerText()) === name) break
        await sleep(250)
      }
      assert.equal(await page.locator('h1').innerText(), name)
      mkdirSync(pictures, { recursive: true })
      await page.screenshot({ path: `${pictures}real-eip-${name}.png` })
    }
    await showsIn('ecs-1')
    await walk.powerOff('ecs-1')
    await showsIn('ecs-2')
    await walk.powerOn('ecs-1')
    await showsIn('ecs-1')

    await walk.testFaults(faults, movingFaults)
    await walk.why()
    await walk.topology()
    assert.deepEqual(seen.complaints, [])
    await walk.loseController(
      () => world.controller().kill('SIGKILL'),
      () => world.restartController(),
    )

    const dark = { ...desktop, language: 'zh', appearance: 'dark' } as const
    const other = await visit(browser, world.endpoint, dark)
    const second = new RealWalk(other, dark, chinese, (text) => t.diagnostic(text))
    await second.signIn(await signInLink())
    await second.prerequisites()
    await second.createHavip()
    await second.keepalived()
    await second.bindInstances()
    await second.bindEip()
    await second.testFaults(faults, movingFaults)
    await second.why()
    assert.deepEqual(other.complaints, [])
  } finally {
    await outside.close()
    await browser.close()
    await world.destroy()
  }
})
