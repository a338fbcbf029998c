// `havip lsp`: the language server on standard input and output, as editors start it.
import type { Command } from 'commander'

export function addLspCommand(program: Command): void {
  program
    .command('lsp')
    .description('language server for keepalived.conf on standard input and output; editors start it')
    .option('--stdio', 'the only way it speaks; accepted because editors add it')
    .action(async () => {
      // Loaded here alone: the other commands start without it.
      const [{ createConnection, ProposedFeatures }, { serve }] = await Promise.all([
        import('vscode-languageserver/node'),
        import('./server.ts'),
      ])
      const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout)
      serve(connection)
      // The connection ends the process when the client says exit, or goes away.
      await new Promise(() => {})
    })
}
