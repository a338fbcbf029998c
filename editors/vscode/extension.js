// Starts `havip lsp` for keepalived files; everything else the language server does.
const { workspace, window } = require('vscode')
const { LanguageClient, TransportKind } = require('vscode-languageclient/node')

let client

exports.activate = async () => {
  const command = workspace.getConfiguration('havip').get('path', 'havip')
  client = new LanguageClient(
    'havip',
    'keepalived (havip)',
    { command, args: ['lsp'], transport: TransportKind.stdio },
    { documentSelector: [{ language: 'keepalived' }] },
  )
  try {
    await client.start()
  } catch (error) {
    client = undefined
    window.showErrorMessage(`keepalived: cannot start \`${command} lsp\`: ${error.message}. Set "havip.path" to where havip is.`)
  }
}

exports.deactivate = () => client?.stop()
