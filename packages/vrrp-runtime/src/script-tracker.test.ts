import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstJudgement, judge, type RiseAndFall } from './script-tracker.ts'

/** `+` success, `-` failure; the verdict after each. */
function verdicts(results: string, rule: Partial<RiseAndFall>): string {
  const full = { rise: 1, fall: 1, initFail: false, ...rule }
  let judgement = firstJudgement(full)
  return [...results]
    .map((result) => {
      judgement = judge(judgement, result === '+', full)
      return judgement.verdict
    })
    .join(' ')
}

test('the first result decides alone, whatever rise and fall say', () => {
  assert.equal(verdicts('-', { rise: 3, fall: 3 }), 'bad')
  assert.equal(verdicts('+', { rise: 3, fall: 3 }), 'good')
})

test('later it takes `fall` failures in a row, and a success starts the count anew', () => {
  assert.equal(verdicts('+--+---', { fall: 3 }), 'good good good good good good bad')
})

test('and `rise` successes in a row to recover', () => {
  assert.equal(verdicts('-+-++', { rise: 2 }), 'bad bad bad bad good')
})

test('with init_fail it starts as failed and needs `rise` successes', () => {
  assert.equal(firstJudgement({ rise: 2, fall: 1, initFail: true }).verdict, 'bad')
  assert.equal(verdicts('++', { rise: 2, initFail: true }), 'bad good')
})
