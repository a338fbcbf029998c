// The form of a configuration that other programs read and write: blocks are objects, keywords their keys, values of the type
// that the keyword tables say. As YAML or JSON; comments, definitions and includes are resolved.

export type Scalar = string | number | boolean
export type DocumentValue = Scalar | readonly DocumentValue[] | { readonly [key: string]: DocumentValue }
export type ConfigurationDocument = { readonly format: typeof DOCUMENT_FORMAT } & { readonly [key: string]: DocumentValue }

/** Stands under `format`; another number means that older programs must not read it. */
export const DOCUMENT_FORMAT = 'havip-configuration/1'

/** `word`-typed arguments whose values are numbers all the same: they have messages of their own for what is none. */
export const NUMERIC_WORDS = new Set(['VRID', 'N', 'SECONDS'])

/** Names that a value of these root blocks has before its `{`. */
export const isObject = (value: unknown): value is { readonly [key: string]: DocumentValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A word as a configuration needs it: in quotes where it would be cut or taken for a comment. */
export const quotedWord = (text: string): string => (text === '' || /[\s#!{}]/.test(text) ? `"${text}"` : text)
