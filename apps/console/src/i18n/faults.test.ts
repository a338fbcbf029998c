// The API's refusals in Chinese: none loses a fact on the way, and what is not known stays as it was said.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiFault, type FaultCode, faultTable } from '@havip/vpc'
import { chineseFaults, faultInChinese } from './faults.ts'

const placesOf = (text: string): readonly string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()

test('each refusal says in Chinese what it says in English, with the same facts', () => {
  for (const [code, { message }] of Object.entries(faultTable) as [FaultCode, { message: string }][]) {
    assert.deepEqual(placesOf(chineseFaults[code]), placesOf(message), code)
    const facts = Object.fromEntries(placesOf(message).map((place, i) => [place.slice(1, -1), `fact-${i}.x`]))
    const chinese = faultInChinese(code, apiFault(code, facts).message)
    assert.match(chinese, /\p{Script=Han}|^fact-0\.x。$/u, code)
    for (const fact of Object.values(facts)) assert.ok(chinese.includes(fact), `${code}: ${chinese}`)
  }
})

test('reasons inside are said in Chinese, too; other sentences stay', () => {
  const fault = apiFault('InvalidParameter', { name: 'CidrBlock', reason: 'the mask must be 16 to 29' })
  assert.equal(faultInChinese(fault.code, fault.message), '参数 CidrBlock 无效：掩码须为 16 至 29。')
  assert.equal(faultInChinese('InvalidParameter', 'The body is JSON.'), 'The body is JSON.')
  assert.equal(faultInChinese('constructor', 'x'), 'x')
  assert.equal(faultInChinese('Throttling.User', 'Request was denied due to user flow control.'), '请求过于频繁，已被限流。')
})
