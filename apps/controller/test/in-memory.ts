// A controller on loopback whose store, plane and machines are in memory, with one administrator whose key is known.
import type { TestContext } from 'node:test'
import { ok, wallTime } from '@havip/base'
import { memoryNonceStore } from '@havip/rpc-api'
import { defaultSettings, type Role, type Store, soleLeader, type User } from '@havip/vpc-service'
import { FakeCompute, FakePlane, memoryStore, testVault } from '@havip/vpc-service/testing'
import { type ControllerLog, type ControllerParts, rootAccount, startController } from '../src/controller.ts'
import { nodeCrypto } from '../src/node-crypto.ts'
import { systemClock, systemEntropy } from '../src/system-clock.ts'

export type TestKey = { readonly accessKeyId: string; readonly accessKeySecret: string }
export const rootKey: TestKey = { accessKeyId: 'testAccessKeyId', accessKeySecret: 'testAccessKeySecret' }

export async function startInMemory(context: TestContext, key: TestKey = rootKey, change: Partial<ControllerParts> = {}) {
  const plane = new FakePlane()
  const compute = new FakeCompute()
  const lines: string[] = []
  const failures: unknown[] = []
  const log: ControllerLog = {
    access: (record) => lines.push(`${record.action} ${record.outcome}`),
    reconcile: (event) => lines.push(event.kind),
    shell: () => undefined,
    commandsWait: () => undefined,
    ownersUnknown: () => undefined,
    webhook: (event) => failures.push(event),
    failed: (what, error) => failures.push([what, error]),
  }
  const vault = testVault()
  const store = memoryStore()
  await addUser(store, vault, 'root', 'administrator', key)
  const controller = await startController({
    listen: { host: '127.0.0.1', port: 0 },
    store,
    dataPlane: plane,
    compute,
    vault,
    nonces: memoryNonceStore(nodeCrypto),
    keepFirstKey: () => undefined,
    settings: { ...defaultSettings, autoApprove: true },
    leadership: soleLeader,
    clock: systemClock,
    entropy: systemEntropy,
    log,
    callsPerSecond: 10_000,
    console: undefined,
    tls: undefined,
    isSecure: false,
    ...change,
  })
  context.after(() => controller.stop())
  const endpoint = `127.0.0.1:${controller.port}`
  return { plane, compute, lines, failures, vault, store, controller, port: controller.port, endpoint, url: `http://${endpoint}` }
}

export async function addUser(store: Store, vault: ReturnType<typeof testVault>, name: string, role: Role, key: TestKey): Promise<void> {
  const createdAt = wallTime(Date.now())
  const user: User = {
    id: `u-${name}`,
    account: rootAccount,
    createdAt,
    name,
    displayName: '',
    role,
    isDisabled: false,
    password: undefined,
    secondFactor: undefined,
    policies: [],
  }
  await store.write(async (tx) => {
    await tx.insert('user', user)
    const sealedSecret = vault.seal(key.accessKeyId, key.accessKeySecret)
    const { account, id } = user
    await tx.insert('accessKey', { id: key.accessKeyId, account, createdAt, user: id, sealedSecret, isActive: true, temporary: undefined })
    return ok(undefined)
  })
}
