// A HaVip of IPv6 by clicking: a VPC with IPv6, a vSwitch with a part of it, the dialog that asks for the version only then, the list
// and the page of the HaVip, in both languages; and what cannot be done with it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { desktop, ensureBuilt, hasBrowser, inspect, launch, phone, visit } from './browser.ts'
import { type Fixture, startFixture } from './fixture-server.ts'

const skip = !hasBrowser && 'there is no Chromium here'

let browser: Browser
let fixture: Fixture
before(async () => {
  if (!hasBrowser) return
  ensureBuilt()
  browser = await launch()
  fixture = await startFixture()
  const { ask } = fixture.world
  const { ApplicationId } = await ask('quotas', 'CreateQuotaApplication', {
    ...{ ProductCode: 'vpc', QuotaActionCode: 'vpc_whitelist/ha_vip_whitelist', DesireValue: 1, Reason: 'test' },
  })
  await ask('havip', 'ApproveQuotaApplication', { ApplicationId })
})
after(async () => {
  await browser?.close()
  await fixture?.stop()
})

async function signIn(page: Page): Promise<void> {
  const fields = page.locator('input')
  await fields.nth(0).fill('admin')
  await fields.nth(1).fill('correct horse')
  await page.keyboard.press('Enter')
}
const rowOf = (page: Page, text: string): Locator => page.locator('tr[data-id]', { hasText: text })
const openDialog = async (page: Page, path: string, button: string): Promise<Locator> => {
  await page.goto(`${fixture.url}${path}`)
  await page.getByRole('button', { name: button, exact: true }).click()
  return page.getByRole('dialog')
}
const ok = async (dialog: Locator): Promise<void> => {
  await dialog.getByRole('button', { name: 'OK', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

test('from the VPC to the HaVip', { skip }, async () => {
  const seen = await visit(browser, fixture.url, desktop)
  const { page } = seen
  await page.goto(`${fixture.url}/vpcs`)
  await signIn(page)
  const vpc = await openDialog(page, '/vpcs', 'Create VPC')
  await vpc.getByLabel('Name').fill('lab')
  await vpc.getByRole('checkbox').check()
  await ok(vpc)
  await rowOf(page, 'lab').filter({ hasText: 'Available' }).filter({ hasText: '::/56' }).waitFor()

  const vswitch = async (name: string, cidr: string, part: string) => {
    const dialog = await openDialog(page, '/vswitches', 'Create vSwitch')
    await dialog.getByLabel('Zone', { exact: true }).click()
    await page
      .locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: 'cn-hangzhou-b' })
      .click()
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByLabel('CIDR block', { exact: true }).fill(cidr)
    await dialog.getByLabel('IPv6 CIDR block').fill(part)
    await ok(dialog)
    await rowOf(page, name).filter({ hasText: 'Available' }).waitFor()
  }
  await vswitch('plain', '192.168.1.0/24', '')
  await vswitch('front', '192.168.0.0/24', '10')
  const part = await rowOf(page, 'front').locator('.small').innerText()
  assert.match(part, /0a::\/64$/)
  await inspect(seen, 'ipv6-vswitches')

  const dialog = await openDialog(page, '/havips', 'Create HaVip')
  const choose = async (name: string) => {
    await dialog.getByLabel('vSwitch', { exact: true }).click()
    await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: name }).click()
  }
  await choose('plain')
  assert.equal(await dialog.getByRole('radio', { name: 'IPv6' }).count(), 0, 'nothing to choose where there is no IPv6')
  await choose('front')
  await dialog.getByRole('radio', { name: 'IPv6' }).check()
  await dialog.getByText(part, { exact: true }).waitFor()
  await dialog.getByRole('radio', { name: 'No', exact: true }).check()
  const field = dialog.getByLabel('Private IP address', { exact: true })
  const prefix = part.replace('::/64', '')
  for (const [address, complaint] of [
    ['192.168.0.9', 'Not an IPv6 address'],
    ['fd99::1', 'Outside the vSwitch'],
    [`${prefix}::`, 'Reserved'],
  ] as const) {
    await field.fill(address)
    await dialog.getByRole('alert').filter({ hasText: complaint }).waitFor()
  }
  await dialog
    .locator('.free')
    .getByRole('button', { name: `${prefix}::1`, exact: true })
    .waitFor()
  await field.fill(`${prefix}::88`)
  await inspect(seen, 'ipv6-create-havip')
  await ok(dialog)
  await rowOf(page, `${prefix}::88`).filter({ hasText: 'IPv6' }).filter({ hasText: 'Available' }).waitFor()
  await inspect(seen, 'ipv6-havips')

  // Its page, in both languages and on a phone.
  const id = await rowOf(page, `${prefix}::88`).getAttribute('data-id')
  await page.goto(`${fixture.url}/havips/${id}`)
  await page.getByText('IP version').waitFor()
  const bind = page.locator('[data-resource=eip]').getByRole('button')
  assert.equal(await bind.getAttribute('aria-disabled'), 'true')
  await bind.focus()
  await page.getByRole('tooltip').filter({ hasText: 'EIPs are IPv4' }).waitFor()
  await page.getByRole('heading', { level: 1 }).click()
  await page.getByRole('tooltip').waitFor({ state: 'hidden' })
  await inspect(seen, 'ipv6-havip')
  assert.deepEqual(seen.complaints, [])

  for (const view of [{ ...desktop, language: 'zh', appearance: 'dark' } as const, phone]) {
    const other = await visit(browser, fixture.url, view)
    await other.page.goto(`${fixture.url}/havips/${id}`)
    await signIn(other.page)
    await other.page.getByText(view.language === 'zh' ? 'IP 版本' : 'IP version').waitFor()
    await other.page.getByText(`${prefix}::88`).first().waitFor()
    await inspect(other, `ipv6-havip-${view.language}-${view.width}`)
    await other.page.goto(`${fixture.url}/havips`)
    await other.page.getByText(`${prefix}::88`).first().waitFor()
    await inspect(other, `ipv6-havips-${view.language}-${view.width}`)
  }
})
