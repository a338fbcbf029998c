// The tables hold together: names are unique, blocks exist, every sentence is one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blockTables, findKeyword } from './tables.ts'

test('no table has a keyword twice', () => {
  for (const { name, keywords } of blockTables) {
    const names = keywords.map((keyword) => keyword.name)
    assert.deepEqual(
      names.filter((one, index) => names.indexOf(one) !== index),
      [],
      name,
    )
  }
})

test('every block keyword leads to a table, and every table is led to', () => {
  const led = new Set(
    blockTables.flatMap(({ keywords }) => keywords.flatMap((keyword) => (keyword.form === 'block' ? [keyword.block] : []))),
  )
  assert.deepEqual(
    [...led].filter((name) => !blockTables.some((table) => table.name === name)),
    [],
  )
  assert.deepEqual(
    blockTables.map(({ name }) => name).filter((name) => name !== 'root' && !led.has(name)),
    [],
  )
})

test('every keyword has a sentence and a release', () => {
  for (const { name, keywords } of blockTables) {
    for (const keyword of keywords) {
      assert.match(keyword.meaning, /^[^a-z].*\.$|^ipvlan/, `${name} ${keyword.name}`)
      assert.match(keyword.since, /^(\d+(\.\d+)+|dev|havip)$/, `${name} ${keyword.name}`)
    }
  }
})

test('a mandatory argument never follows an optional one', () => {
  for (const { name, keywords } of blockTables) {
    for (const keyword of keywords) {
      const firstOptional = keyword.arguments.findIndex((argument) => argument.optional)
      assert.ok(
        firstOptional < 0 || keyword.arguments.slice(firstOptional).every((argument) => argument.optional),
        `${name} ${keyword.name}`,
      )
    }
  }
})

test('keywords that keepalived does not know where they are often written are not known there', () => {
  for (const name of ['net_namespace', 'instance', 'child_wait_time', 'use_pid_dir', 'state_file_location']) {
    assert.equal(findKeyword('global_defs', name), undefined)
  }
  assert.equal(findKeyword('vrrp_sync_group', 'notify_deleted'), undefined)
})
