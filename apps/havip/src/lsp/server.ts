// The language server: a connection's requests answered from the projects of the open files.
import { fixOf, formatConfiguration, type Diagnostic as Problem } from '@havip/conf'
import {
  type CodeAction,
  type Connection,
  type Diagnostic,
  DiagnosticSeverity,
  ErrorCodes,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { version } from '../version.ts'
import { completionsAt } from './completion.ts'
import { hoverAt } from './hover.ts'
import { definitionAt, referencesAt, renamableAt, renameAt, symbolsOf } from './navigation.ts'
import { type Project, pathOf, readProject } from './project.ts'

/** How long after the last key a file is read again. */
const PAUSE_MS = 150

/** Serves one client until it says exit. */
export function serve(connection: Connection): void {
  const documents = new TextDocuments(TextDocument)
  const cache = new Map<string, { readonly version: number; readonly project: Project }>()
  const timers = new Map<string, NodeJS.Timeout>()
  /** Files that an open file's problems are shown in, by that file. */
  const shownIn = new Map<string, readonly string[]>()
  let withSnippets = false

  const projectOf = (uri: string): Project | undefined => {
    const document = documents.get(uri)
    if (!document) return undefined
    const known = cache.get(uri)
    if (known?.version === document.version) return known.project
    const open = new Map(documents.all().map((one) => [pathOf(one.uri), one.getText()]))
    const project = readProject(document, open)
    cache.set(uri, { version: document.version, project })
    return project
  }
  const publish = (uri: string): void => {
    const project = projectOf(uri)
    if (!project) return
    const byUri = problemsByFile(project)
    // A file that another open one includes is shown with what that one says of it.
    const isIncluded = documents.all().some((one) => one.uri !== uri && projectOf(one.uri)?.parsed.texts.has(project.path))
    if (isIncluded) byUri.delete(uri)
    for (const gone of shownIn.get(uri) ?? []) if (!byUri.has(gone) && gone !== uri) send(gone, [])
    for (const [target, list] of byUri) send(target, list)
    shownIn.set(uri, [...byUri.keys()])
  }
  const send = (uri: string, diagnostics: Diagnostic[]): void => {
    void connection.sendDiagnostics({ uri, diagnostics })
  }
  const publishSoon = (uri: string): void => {
    clearTimeout(timers.get(uri))
    timers.set(
      uri,
      setTimeout(() => publish(uri), PAUSE_MS),
    )
  }

  connection.onInitialize(({ capabilities }): InitializeResult => {
    withSnippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport === true
    return { capabilities: abilities, serverInfo: { name: 'havip', version } }
  })
  documents.onDidChangeContent(({ document }) => {
    // What another file includes may have changed, too.
    for (const uri of cache.keys()) if (uri !== document.uri) cache.delete(uri)
    for (const one of documents.all()) publishSoon(one.uri)
  })
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(timers.get(uri))
    timers.delete(uri)
    cache.delete(uri)
    for (const target of shownIn.get(uri) ?? [uri]) send(target, [])
    shownIn.delete(uri)
  })
  connection.onShutdown(() => {
    for (const timer of timers.values()) clearTimeout(timer)
  })

  connection.onCompletion(({ textDocument, position }) => {
    const project = projectOf(textDocument.uri)
    return project ? completionsAt(project, project.offsetAt(position), withSnippets) : []
  })
  connection.onHover(({ textDocument, position }) => {
    const project = projectOf(textDocument.uri)
    return project ? hoverAt(project, project.offsetAt(position)) : null
  })
  connection.onDefinition(({ textDocument, position }) => {
    const project = projectOf(textDocument.uri)
    return project ? definitionAt(project, project.offsetAt(position)) : []
  })
  connection.onReferences(({ textDocument, position, context }) => {
    const project = projectOf(textDocument.uri)
    return project ? referencesAt(project, project.offsetAt(position), context.includeDeclaration) : []
  })
  connection.onPrepareRename(({ textDocument, position }) => {
    const project = projectOf(textDocument.uri)
    const found = project && renamableAt(project, project.offsetAt(position))
    return project && found ? { range: project.rangeOf(found.at), placeholder: found.name } : null
  })
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const project = projectOf(textDocument.uri)
    const edit = project && renameAt(project, project.offsetAt(position), newName)
    return typeof edit === 'string' ? new ResponseError(ErrorCodes.InvalidParams, edit) : (edit ?? null)
  })
  connection.onDocumentSymbol(({ textDocument }) => {
    const project = projectOf(textDocument.uri)
    return project ? symbolsOf(project) : []
  })
  connection.onDocumentFormatting(({ textDocument }) => {
    const document = documents.get(textDocument.uri)
    if (!document) return []
    const text = document.getText()
    const formatted = formatConfiguration(text)
    if (formatted === text) return []
    return [{ range: { start: { line: 0, character: 0 }, end: document.positionAt(text.length) }, newText: formatted }]
  })
  connection.onCodeAction(({ textDocument, range }) => {
    const document = documents.get(textDocument.uri)
    const project = projectOf(textDocument.uri)
    return document && project ? actionsIn(project, document.offsetAt(range.start), document.offsetAt(range.end)) : []
  })
  documents.listen(connection)
  connection.listen()
}

const abilities: InitializeResult['capabilities'] = {
  textDocumentSync: TextDocumentSyncKind.Incremental,
  completionProvider: { triggerCharacters: [' '] },
  hoverProvider: true,
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  documentFormattingProvider: true,
  codeActionProvider: { codeActionKinds: ['quickfix'] },
}

const SEVERITIES = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, note: DiagnosticSeverity.Information }

function problemsByFile(project: Project): Map<string, Diagnostic[]> {
  const byUri = new Map<string, Diagnostic[]>([[project.uri, []]])
  for (const problem of project.parsed.diagnostics) {
    const { uri, range } = project.locationOf(problem.at)
    byUri.set(uri, [...(byUri.get(uri) ?? []), toDiagnostic(problem, range, project)])
  }
  return byUri
}

const toDiagnostic = ({ severity, code, message, related }: Problem, range: Diagnostic['range'], project: Project): Diagnostic => ({
  range,
  severity: SEVERITIES[severity],
  code,
  source: 'havip',
  message,
  relatedInformation: related.map(({ at, note }) => ({ location: project.locationOf(at), message: note })),
  ...(code === 'deprecated-keyword' ? { tags: [2 as const] } : {}),
})

function actionsIn(project: Project, start: number, end: number): CodeAction[] {
  const here = project.parsed.diagnostics.filter(({ at }) => at.file === project.path && at.start <= end && start <= at.end)
  return here.flatMap((problem): CodeAction[] => {
    const edits = fixOf(problem, project.parsed).filter(({ at }) => at.file === project.path)
    if (edits.length === 0) return []
    const range = project.rangeOf(problem.at)
    return [
      {
        title: `Mend ${problem.code}`,
        kind: 'quickfix',
        diagnostics: [toDiagnostic(problem, range, project)],
        edit: { changes: { [project.uri]: edits.map(({ at, text }) => ({ range: project.rangeOf(at), newText: text })) } },
      },
    ]
  })
}
