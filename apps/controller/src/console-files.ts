// The console's files: read once when the controller starts, so that no path of a request ever reaches the file system.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Web } from './web.ts'

const filesMax = 2_000
const bytesMax = 64 * 1024 * 1024

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css;charset=utf-8',
  '.html': 'text/html;charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript;charset=utf-8',
  '.json': 'application/json;charset=utf-8',
  '.map': 'application/json;charset=utf-8',
  '.mjs': 'text/javascript;charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain;charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const compressible = new Set(['.css', '.html', '.js', '.json', '.map', '.mjs', '.svg', '.txt', '.wasm', '.webmanifest'])

/** Nothing from elsewhere, no script but our files'; styles are also written by the page's own library. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

type Encoding = 'br' | 'gzip'
type File = {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
  readonly isHashed: boolean
  readonly isCompressible: boolean
  readonly compressed: Map<Encoding, Promise<Buffer>>
}

/** Undefined: no file of that name, and none that stands for it. */
export type ConsoleFiles = (web: Web) => Promise<Response | undefined>

/** @returns undefined when the folder does not exist or has no index.html */
export function openConsole(folder: string): ConsoleFiles | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined
  const files = readFiles(folder)
  return async (web) => {
    const path = pathOf(web)
    if (path === undefined) return undefined
    // A page of the console is a path without a dot: the page itself knows what to show.
    const file = files.get(path) ?? (/\.[^/]*$/.test(path) ? undefined : files.get('/index.html'))
    return file && answer(web, file)
  }
}

function readFiles(folder: string): ReadonlyMap<string, File> {
  const files = new Map<string, File>()
  let total = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const place = join(entry.parentPath, entry.name)
    if (!entry.isFile()) continue
    total += statSync(place).size
    if (files.size >= filesMax || total > bytesMax)
      throw new Error(`${folder} is no console: it has more than ${filesMax} files or ${bytesMax} bytes`)
    const bytes = readFileSync(place)
    const extension = extname(entry.name)
    files.set(`/${relative(folder, place).split(sep).join('/')}`, {
      bytes,
      type: types[extension] ?? 'application/octet-stream',
      etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
      isHashed: /[-.](?=[\w-]*\d|[\w-]*[A-Z])[\w-]{8,}\.\w+$/.test(entry.name),
      isCompressible: compressible.has(extension) && bytes.length > 1_000,
      compressed: new Map(),
    })
  }
  return files
}

function pathOf(web: Web): string | undefined {
  const target = web.env.incoming.url ?? '/'
  const mark = target.indexOf('?')
  try {
    const path = decodeURIComponent(mark < 0 ? target : target.slice(0, mark))
    return path === '/' ? '/index.html' : path
  } catch {
    return undefined
  }
}

async function answer(web: Web, file: File): Promise<Response> {
  const encoding = file.isCompressible ? encodingFor(web.req.header('accept-encoding') ?? '') : undefined
  const etag = `"${file.etag}${encoding ? `-${encoding}` : ''}"`
  const headers: Record<string, string> = {
    ...securityHeaders,
    'content-type': file.type,
    // A name with a hash never means other bytes; every other file is asked for anew.
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    ...(file.isCompressible && { vary: 'accept-encoding' }),
  }
  if (web.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
  const bytes = encoding ? await compress(file, encoding) : file.bytes
  if (encoding) headers['content-encoding'] = encoding
  headers['content-length'] = String(bytes.length)
  return new Response(web.req.method === 'HEAD' ? null : new Uint8Array(bytes), { status: 200, headers })
}

function encodingFor(accepted: string): Encoding | undefined {
  const offers = accepted.split(',').map((offer) => offer.trim().replaceAll(' ', ''))
  const takes = (name: string): boolean =>
    offers.some((offer) => offer === name || (offer.startsWith(`${name};q=`) && !/;q=0(\.0*)?$/.test(offer)))
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : undefined
}

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Once for each file and encoding, off the event loop. */
function compress(file: File, encoding: Encoding): Promise<Buffer> {
  const known = file.compressed.get(encoding)
  if (known) return known
  const making =
    encoding === 'br'
      ? brotli(file.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 7, [constants.BROTLI_PARAM_SIZE_HINT]: file.bytes.length } })
      : zip(file.bytes, { level: 7 })
  file.compressed.set(encoding, making)
  return making
}
