// Where configuration text comes from; the language itself never touches a disk.
import type { Result } from '@havip/base'

export type SourceFault =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-readable'; readonly detail: string }
  | { readonly kind: 'not-a-file' }
  /** keepalived skips included files with any execute bit. */
  | { readonly kind: 'executable' }
  | { readonly kind: 'too-large'; readonly bytes: number }

export type SourceReader = {
  /** Absolute path. Bytes that are no UTF-8 come as U+FFFD. */
  read(path: string): Result<string, SourceFault>
  /** Absolute pattern with `*`, `?`, `[…]`; sorted matches. */
  glob(pattern: string): readonly string[]
}
