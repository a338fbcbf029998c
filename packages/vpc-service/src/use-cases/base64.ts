// Base64 of UTF-8 text, by what browsers and Node both have.

/** Undefined: it is no Base64, or no UTF-8. `size` is in bytes. */
export function decodeBase64(text: string): { readonly text: string; readonly size: number } | undefined {
  const compact = text.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined
  try {
    const bytes = Uint8Array.from(atob(compact), (character) => character.charCodeAt(0))
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), size: bytes.length }
  } catch {
    return undefined
  }
}

export const utf8Size = (text: string): number => new TextEncoder().encode(text).length

export const encodeBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)))
