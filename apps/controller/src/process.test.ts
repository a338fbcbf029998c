// The program itself: who may run it, what it leaves in its directory, and how it stops and starts again.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringToSignV1 } from '@havip/rpc-api'
import { load } from '../test/clients.ts'

const { default: Vpc, ...vpc } = load('@alicloud/vpc20160428')
const { $OpenApiUtil } = load('@alicloud/openapi-core')
const isRoot = process.getuid?.() === 0

function controller(context: TestContext, options: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  context.after(() => child.kill('SIGKILL'))
  const text = { out: '', err: '' }
  child.stdout.on('data', (data) => (text.out += data))
  child.stderr.on('data', (data) => (text.err += data))
  return { child, text }
}
const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null ? Promise.resolve(child.exitCode) : new Promise((resolve) => child.once('exit', (code) => resolve(code)))

async function portOf({ child, text }: ReturnType<typeof controller>): Promise<number> {
  for (let i = 0; i < 1000; i++) {
    const port = /"port":(\d+).*"msg":"listening"/.exec(text.out)?.[1]
    if (port !== undefined) return Number(port)
    if (child.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(`it does not listen: ${text.out}${text.err}`)
}

/** A call as somebody could have recorded it. */
function signedQuery({ accessKeyId, accessKeySecret }: { readonly accessKeyId: string; readonly accessKeySecret: string }): string {
  const fields = new Map(
    Object.entries({
      Action: 'DescribeRegions',
      Version: '2016-04-28',
      Format: 'JSON',
      AccessKeyId: accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: 'recorded',
      Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    }),
  )
  const signature = createHmac('sha1', `${accessKeySecret}&`).update(stringToSignV1('GET', fields)).digest('base64')
  return new URLSearchParams([...fields, ['Signature', signature]]).toString()
}

test('root is refused, with the way out', { skip: !isRoot && 'needs to be root' }, async (context) => {
  const { child, text } = controller(context, ['--data', '/nonexistent/never-made'])
  assert.equal(await ended(child), 1)
  assert.match(text.err, /^controller: it does not need root, and will not run as root: start it as another user/)
})
test('a wrong option is named', async (context) => {
  const { child, text } = controller(context, ['--data', '/tmp', '--eip-cidr', '203.0.113.1/24'])
  assert.equal(await ended(child), 1)
  assert.match(text.err, /It has the form 203\.0\.113\.0\/24, without host bits/)
})
test('what was written before SIGTERM is there after the next start, under the same key', async (context) => {
  const data = mkdtempSync(join(tmpdir(), 'havip-controller-'))
  context.after(() => rmSync(data, { recursive: true }))
  const options = ['--data', data, '--listen', '127.0.0.1:0', '--hostd', join(data, 'none.sock'), ...(isRoot ? ['--allow-root'] : [])]
  const clientOf = (port: number) => {
    const key = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8'))
    return new Vpc(new $OpenApiUtil.Config({ ...key, endpoint: `127.0.0.1:${port}`, protocol: 'http', regionId: 'cn-hangzhou' }))
  }
  const first = controller(context, options)
  const client = clientOf(await portOf(first))
  const { body: made } = await client.createVpc(new vpc.CreateVpcRequest({ regionId: 'cn-hangzhou', cidrBlock: '10.0.0.0/16' }))
  const recorded = signedQuery(JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8')))
  const replay = async (port: number) => (await fetch(`http://127.0.0.1:${port}/?${recorded}`)).json() as Promise<{ Code?: string }>
  assert.equal((await replay(await portOf(first))).Code, undefined)
  first.child.kill('SIGTERM')
  assert.equal(await ended(first.child), 0, first.text.err)
  const second = controller(context, options)
  const again = clientOf(await portOf(second))
  const { body } = await again.describeVpcs(new vpc.DescribeVpcsRequest({ regionId: 'cn-hangzhou' }))
  // No host daemon answers, so it cannot be Available; and the intent is not lost.
  assert.deepEqual([body.vpcs.vpc[0].vpcId, body.vpcs.vpc[0].status], [made.vpcId, 'Pending'])
  assert.equal((await replay(await portOf(second))).Code, 'SignatureNonceUsed')
  assert.ok(
    !`${first.text.out}${second.text.out}`.includes(JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8')).accessKeySecret),
  )
  second.child.kill('SIGTERM')
  assert.equal(await ended(second.child), 0)
})
