// The language server over its protocol, asked by a real client library.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import {
  CodeActionRequest,
  CompletionRequest,
  DefinitionRequest,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentSymbolRequest,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type Position,
  PrepareRenameRequest,
  PublishDiagnosticsNotification,
  ReferencesRequest,
  RenameRequest,
  type TextEdit,
} from 'vscode-languageserver-protocol'
import { serve } from './server.ts'

let client: MessageConnection
let directory: string
const published = new Map<string, Diagnostic[]>()
let heard: (() => void) | undefined

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'havip-lsp-'))
  const up = new PassThrough()
  const down = new PassThrough()
  serve(createConnection(ProposedFeatures.all, new StreamMessageReader(up), new StreamMessageWriter(down)))
  client = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up))
  client.onNotification(PublishDiagnosticsNotification.type.method, ({ uri, diagnostics }: { uri: string; diagnostics: Diagnostic[] }) => {
    published.set(uri, diagnostics)
    heard?.()
  })
  client.listen()
  const textDocument = { completion: { completionItem: { snippetSupport: true } } }
  const { capabilities, serverInfo } = await client.sendRequest<{ capabilities: Record<string, unknown>; serverInfo: { name: string } }>(
    InitializeRequest.type.method,
    { processId: null, rootUri: null, capabilities: { textDocument } },
  )
  assert.equal(serverInfo.name, 'havip')
  assert.equal(capabilities.hoverProvider, true)
  await client.sendNotification(InitializedNotification.type.method, {})
})
after(() => {
  client.dispose()
  rmSync(directory, { recursive: true, force: true })
})

const sample = `vrrp_script chk {
    script "/bin/true"
}
vrrp_instance VI {
    interface eth0
    virtual_router_id 51
    state BACKUP
    virtual_ipaddress {
        10.0.0.9
    }
    track_script {
        chk weight -20
    }
}
vrrp_sync_group G {
    group {
        VI
    }
}
`
let count = 0
/** Opens a text; the cursor is where it has a `|`. */
async function open(text: string): Promise<{ uri: string; position: Position }> {
  const uri = pathToFileURL(join(directory, `${++count}.conf`)).href
  const at = text.indexOf('|')
  const lines = text.slice(0, Math.max(0, at)).split('\n')
  const position = { line: lines.length - 1, character: (lines.at(-1) ?? '').length }
  const clean = at < 0 ? text : text.slice(0, at) + text.slice(at + 1)
  await client.sendNotification(DidOpenTextDocumentNotification.type.method, {
    textDocument: { uri, languageId: 'keepalived', version: 1, text: clean },
  })
  return { uri, position }
}
async function diagnosticsOf(uri: string, isWanted: (list: readonly Diagnostic[]) => boolean): Promise<Diagnostic[]> {
  const deadline = AbortSignal.timeout(5000)
  while (!isWanted(published.get(uri) ?? [])) {
    deadline.throwIfAborted()
    await new Promise<void>((resolve) => {
      heard = resolve
      setTimeout(resolve, 200)
    })
  }
  return published.get(uri) ?? []
}
const marked = (text: string, after: string): string => text.replace(after, `${after}|`)
const complete = async (text: string): Promise<string[]> => {
  const { uri, position } = await open(text)
  const items = await client.sendRequest<{ label: string }[]>(CompletionRequest.type.method, { textDocument: { uri }, position })
  return items.map(({ label }) => label)
}

test('problems come as one types, with range, code and what belongs to them', async () => {
  const { uri } = await open(sample.replace('state BACKUP', 'state MASTER\n    priority 90\n    nopreempt'))
  const [problem] = (await diagnosticsOf(uri, (list) => list.length > 0)).filter(({ code }) => code === 'nopreempt-with-master')
  assert.deepEqual(problem?.range, { start: { line: 8, character: 4 }, end: { line: 8, character: 13 } })
  assert.equal(problem.severity, 2)
  assert.equal(problem.relatedInformation?.[0]?.location.range.start.line, 6)
  const change = { range: problem.range, text: '' }
  await client.sendNotification(DidChangeTextDocumentNotification.type.method, {
    textDocument: { uri, version: 2 },
    contentChanges: [change],
  })
  await diagnosticsOf(uri, (list) => list.every(({ code }) => code !== 'nopreempt-with-master'))
  await client.sendNotification(DidCloseTextDocumentNotification.type.method, { textDocument: { uri } })
  assert.deepEqual(await diagnosticsOf(uri, (list) => list.length === 0), [])
})

test('keywords of the block are offered, and blocks as snippets', async () => {
  const { uri, position } = await open(sample.replace('    state BACKUP', '    pri|'))
  const items = await client.sendRequest<{ label: string; insertText?: string; documentation: { value: string } }[]>(
    CompletionRequest.type.method,
    {
      textDocument: { uri },
      position,
    },
  )
  const priority = items.find(({ label }) => label === 'priority')
  assert.match(priority?.documentation.value ?? '', /highest priority wins/)
  assert.equal(items.find(({ label }) => label === 'unicast_peer')?.insertText, 'unicast_peer {\n\t$0\n}')
  assert.ok(!items.some(({ label }) => label === 'router_id'))
})
test('at the top level blocks are offered', async () => assert.ok((await complete(`${sample}vr|`)).includes('vrrp_instance')))
test('values are offered', async () => assert.deepEqual(await complete(sample.replace('BACKUP', '|')), ['MASTER', 'BACKUP']))
test('switches are offered', async () => assert.deepEqual(await complete(sample.replace('state BACKUP', 'smtp_alert |')), ['on', 'off']))
test('scripts are offered where they are tracked', async () =>
  assert.deepEqual(await complete(sample.replace('chk weight -20', '|')), ['chk']))
test('options of an entry are offered', async () =>
  assert.deepEqual(await complete(sample.replace('weight -20', '|')), ['weight', 'reverse', 'noreverse']))
test('instances are offered in a group', async () =>
  assert.deepEqual(await complete(sample.replace('        VI\n', '        |\n')), ['VI']))
test('interfaces are offered', async () => assert.ok((await complete(sample.replace('interface eth0', 'interface |'))).includes('lo')))
test('interfaces are offered after dev', async () =>
  assert.ok((await complete(sample.replace('10.0.0.9', '10.0.0.9 dev |'))).includes('eth0')))
test('nothing is offered in a comment-free value that is a number', async () =>
  assert.deepEqual(await complete(sample.replace('virtual_router_id 51', 'virtual_router_id |')), []))

const hover = async (text: string): Promise<string> => {
  const { uri, position } = await open(text)
  const found = await client.sendRequest<{ contents: { value: string } } | null>(HoverRequest.type.method, {
    textDocument: { uri },
    position,
  })
  return found?.contents.value ?? ''
}
test('a keyword shows its reference text', async () =>
  assert.match(await hover(marked(sample, '    virtual_rou')), /^`virtual_router_id VRID`\n\nNumber of the virtual router/))
test('an argument shows what it may be', async () =>
  assert.match(await hover(marked(sample, 'virtual_router_id 5')), /^`VRID` of `virtual_router_id VRID`: 1 to 255/))
test('a name shows what it stands for', async () =>
  assert.match(await hover(marked(sample, '        ch')), /^```keepalived\nvrrp_script chk \{\n {4}script "\/bin\/true"\n\}\n```/))
test('a problem shows its paragraph', async () =>
  assert.match(await hover(sample.replace('state BACKUP', 'sta|te master')), /\*\*unknown-state\*\*: The state is neither/))
test('an empty place shows nothing', async () => assert.equal(await hover(`|\n${sample}`), ''))

type Places = { uri: string; range: { start: Position; end: Position } }[]
const lines = (places: Places): number[] => places.map(({ range }) => range.start.line).sort((a, b) => a - b)
test('a tracked script leads to its definition', async () => {
  const { uri, position } = await open(marked(sample, '        ch'))
  const places = await client.sendRequest<Places>(DefinitionRequest.type.method, { textDocument: { uri }, position })
  assert.deepEqual(places, [{ uri, range: { start: { line: 0, character: 12 }, end: { line: 0, character: 15 } } }])
})
test('a member of a group leads to its instance', async () => {
  const { uri, position } = await open(marked(sample, '        V'))
  assert.deepEqual(lines(await client.sendRequest<Places>(DefinitionRequest.type.method, { textDocument: { uri }, position })), [3])
})
test('a command leads to its file', async () => {
  const { uri, position } = await open(marked(sample, '/bin/t'))
  const places = await client.sendRequest<Places>(DefinitionRequest.type.method, { textDocument: { uri }, position })
  assert.deepEqual(
    places.map((one) => one.uri),
    ['file:///bin/true'],
  )
})
test('a definition leads to where it is defined', async () => {
  const { uri, position } = await open(`$LINK=eth0\n${sample.replace('eth0', '$LIN|K')}`)
  assert.deepEqual(lines(await client.sendRequest<Places>(DefinitionRequest.type.method, { textDocument: { uri }, position })), [0])
})
test('an included file is read, and its names are found there', async () => {
  const other = join(directory, 'scripts.inc')
  writeFileSync(other, 'vrrp_script far {\n    script "/bin/true"\n}\n')
  const { uri, position } = await open(`include ${other}\n${sample.replace('        chk weight -20', '        fa|r')}`)
  const places = await client.sendRequest<Places>(DefinitionRequest.type.method, { textDocument: { uri }, position })
  assert.deepEqual(
    places.map((one) => [one.uri, one.range.start.line]),
    [[pathToFileURL(other).href, 0]],
  )
})
test('references are all of them, with or without the definition', async () => {
  const { uri, position } = await open(marked(sample, 'vrrp_instance V'))
  const ask = (includeDeclaration: boolean): Promise<Places> =>
    client.sendRequest<Places>(ReferencesRequest.type.method, { textDocument: { uri }, position, context: { includeDeclaration } })
  assert.deepEqual(lines(await ask(true)), [3, 16])
  assert.deepEqual(lines(await ask(false)), [16])
})
test('a rename changes every place', async () => {
  const { uri, position } = await open(marked(sample, 'vrrp_script c'))
  const prepared = await client.sendRequest<{ placeholder: string }>(PrepareRenameRequest.type.method, { textDocument: { uri }, position })
  assert.equal(prepared.placeholder, 'chk')
  const edit = await client.sendRequest<{ changes: Record<string, TextEdit[]> }>(RenameRequest.type.method, {
    textDocument: { uri },
    position,
    newName: 'web',
  })
  assert.deepEqual(
    edit.changes[uri]?.map(({ range, newText }) => [range.start.line, range.start.character, newText]),
    [
      [0, 12, 'web'],
      [11, 8, 'web'],
    ],
  )
})
test('a name that cannot be one is refused', async () => {
  const { uri, position } = await open(marked(sample, 'vrrp_script c'))
  const rename = (newName: string): Promise<unknown> =>
    client.sendRequest(RenameRequest.type.method, { textDocument: { uri }, position, newName })
  await assert.rejects(rename('two words'), /is no name/)
})
test('what is no name cannot be renamed', async () => {
  const { uri, position } = await open(marked(sample, '    virtual_rou'))
  assert.equal(await client.sendRequest(PrepareRenameRequest.type.method, { textDocument: { uri }, position }), null)
})

test('the outline has the blocks by their names, and what is in them', async () => {
  const { uri } = await open(sample)
  const symbols = await client.sendRequest<{ name: string; detail: string; children: { name: string }[] }[]>(
    DocumentSymbolRequest.type.method,
    { textDocument: { uri } },
  )
  assert.deepEqual(
    symbols.map(({ name, detail }) => `${detail} ${name}`),
    ['vrrp_script chk', 'vrrp_instance VI', 'vrrp_sync_group G'],
  )
  assert.deepEqual(
    symbols[1]?.children.map(({ name }) => name),
    ['interface', 'virtual_router_id', 'state', 'virtual_ipaddress', 'track_script'],
  )
})

test('formatting lays the text out, and leaves a tidy one alone', async () => {
  const format = (uri: string): Promise<TextEdit[]> =>
    client.sendRequest(DocumentFormattingRequest.type.method, { textDocument: { uri }, options: { tabSize: 4, insertSpaces: true } })
  const { uri } = await open(sample.replaceAll('    ', '\t'))
  assert.equal((await format(uri))[0]?.newText, sample)
  assert.deepEqual(await format((await open(sample)).uri), [])
})

test('a problem that needs no decision has its mending', async () => {
  const { uri, position } = await open(sample.replace('state BACKUP', 'priority 90\n    state MASTER\n    nopr|eempt'))
  const actions = await client.sendRequest<{ title: string; edit: { changes: Record<string, TextEdit[]> } }[]>(
    CodeActionRequest.type.method,
    {
      textDocument: { uri },
      range: { start: position, end: position },
      context: { diagnostics: [] },
    },
  )
  assert.deepEqual(
    actions.map(({ title }) => title),
    ['Mend nopreempt-with-master'],
  )
  assert.equal(actions[0]?.edit.changes[uri]?.[0]?.newText, 'BACKUP')
})

test('every place of a broken text has an answer', async () => {
  const broken = 'vrrp_instance {\n virtual_ipaddress {\n}\n}}\n"\n$A=$A\n$ {\nvrrp_sync_group G { group { "a b" }\n'
  const { uri } = await open(broken)
  for (const [line, text] of broken.split('\n').entries()) {
    for (let character = 0; character <= text.length; character++) {
      const at = { textDocument: { uri }, position: { line, character } }
      for (const method of [CompletionRequest.type.method, HoverRequest.type.method, DefinitionRequest.type.method])
        await client.sendRequest(method, at)
    }
  }
})

test('the command speaks on standard input and output, and ends with the client', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), 'lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const own = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin))
  own.listen()
  try {
    const answer = await own.sendRequest<{ serverInfo: { name: string } }>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
    })
    assert.equal(answer.serverInfo.name, 'havip')
    await own.sendRequest('shutdown')
    const ended = once(child, 'exit')
    await own.sendNotification('exit')
    assert.deepEqual(await ended, [0, null])
  } finally {
    own.dispose()
    child.kill()
  }
})
