// A browser for tests: opens the console at a fixture, fails on anything the page complains of, checks accessibility, keeps pictures.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { dist } from './fixture-server.ts'

const chromiumPath = '/usr/bin/chromium'
export const hasBrowser = existsSync(chromiumPath)
export const browserFlags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** Where screenshots stay. */
export const pictures = fileURLToPath(new URL('../../../out/screenshots/', import.meta.url))
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** @throws Error when set-up has not built the pages */
export function ensureBuilt(): void {
  if (!existsSync(`${dist}/index.html`)) throw new Error('the console is not built: run make setup')
}

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath, args: browserFlags })

export type View = {
  readonly language: 'en' | 'zh'
  readonly appearance: 'light' | 'dark'
  readonly width: number
  readonly height: number
}
export const desktop: View = { language: 'en', appearance: 'light', width: 1280, height: 860 }
export const phone: View = { language: 'en', appearance: 'light', width: 390, height: 844 }

export type Visit = { readonly page: Page; readonly complaints: string[] }

/** A page of its own session; what it complains of is collected: errors, refused scripts and styles, requests to elsewhere. */
export async function visit(browser: Browser, url: string, view: View): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.appearance,
    locale: view.language === 'zh' ? 'zh-CN' : 'en-GB',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  // Others may be at work on the machine: a page that never shows is what fails.
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // Refusals are collected below, with what they say.
    if (message.type() === 'error' && !/^Failed to load resource|net::ERR_/.test(message.text())) complaints.push(message.text())
  })
  page.on('response', (response) => {
    // That there is no session yet is answered with 401.
    if (response.status() < 400 || response.status() === 401) return
    void response.text().then(
      (text) => complaints.push(`${response.status()} ${response.url()} ${response.request().postData()} ${text}`),
      () => undefined,
    )
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) complaints.push(`request to ${request.url()}`)
  })
  return { page, complaints }
}

/** What somebody who walks through the console does again and again, in the language of the view. */
export class Walker {
  protected readonly seen: Visit
  protected readonly view: View

  constructor(seen: Visit, view: View) {
    this.seen = seen
    this.view = view
  }

  protected get page(): Page {
    return this.seen.page
  }
  protected say(en: string, zh: string): string {
    return this.view.language === 'zh' ? zh : en
  }
  protected nav(en: string, zh: string): Promise<void> {
    return this.page
      .getByRole('navigation', { name: this.say('Navigation', '导航') })
      .getByRole('link', { name: this.say(en, zh), exact: true })
      .click()
  }
  protected button(en: string, zh: string): Locator {
    return this.page.getByRole('button', { name: this.say(en, zh), exact: true })
  }
  protected get dialog(): Locator {
    return this.page.getByRole('dialog')
  }
  protected async ok(): Promise<void> {
    await this.dialog.getByRole('button', { name: this.say('OK', '确定'), exact: true }).click()
    await this.dialog.waitFor({ state: 'hidden' })
  }
  /** Lists that were open before stay in the page, hidden. */
  protected async choose(label: string, option: string): Promise<void> {
    await this.dialog.getByLabel(label, { exact: true }).click()
    await this.page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).click()
  }
}

/** Nothing of it is cut off at the right, and axe finds nothing. */
export async function inspect({ page }: Visit, name: string): Promise<void> {
  await page.locator('.bone').first().waitFor({ state: 'detached' })
  await page.waitForTimeout(350)
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png` })
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  assert.ok(overflow <= 0, `${name}: ${overflow} px stick out at the right`)
  // What is in front of the page does not make it wider.
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll('[role=dialog] :is(input, button, label, .ant-select, span)')]
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth)
      .map((element) => element.outerHTML.slice(0, 120)),
  )
  assert.deepEqual(outside, [], `${name}: cut off in a dialog`)
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> }
    }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`)
  })
  assert.deepEqual(violations, [], `${name}: axe`)
}
