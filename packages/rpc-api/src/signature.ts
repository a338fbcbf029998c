// Proof by access key: signature version 1.0 (HMAC-SHA1 over the parameters) and ACS3-HMAC-SHA256 (over the whole request).
import { type Fail, fail, ok, type Result } from '@havip/base'
import type { AccessKey, AccessKeys, Authenticator, Claim, Identity } from './authenticate.ts'
import { canonicalRequestV3, stringToSignV1, toBase64, toHex } from './canonical.ts'
import { missing, type RequestFault, refuse } from './fault.ts'
import type { Crypto } from './http.ts'
import type { NonceStore } from './nonce.ts'

/** How far the clocks may be apart, either way. */
export const clockSkewMaxMs = 15 * 60_000
const nonceLengthMax = 256

export type SignatureParts = {
  readonly keys: AccessKeys
  readonly nonces: NonceStore
  readonly crypto: Crypto
}

/** What a request says about its own signature, whichever scheme it uses. */
type Proof = {
  readonly accessKeyId: string
  readonly timestamp: string
  readonly nonce: string
  readonly securityToken: string | undefined
  /** As it was sent; undefined: it cannot be right. */
  readonly signature: string | undefined
  readonly stringToSign: string
  /** In the text form of the scheme: it is compared letter by letter, so that each signature has one spelling. */
  readonly sign: (secret: string) => string
}

/** Checks in the documented order: key, time, signature, nonce, token. A nonce is noted only when the signature is right. */
export function signatureAuthenticator(parts: SignatureParts): Authenticator {
  return async (claim, nowMs) => {
    const proof = readProof(claim, parts.crypto)
    if (proof === undefined) return undefined
    if (!proof.ok) return proof
    return verify(proof.value, parts, nowMs)
  }
}

function readProof(claim: Claim, crypto: Crypto): Result<Proof, RequestFault> | undefined {
  const authorization = claim.request.headers.get('authorization')
  if (authorization?.startsWith('ACS3-')) return readProofV3(claim, authorization, crypto)
  const { all } = claim.parameters
  return all.has('Signature') || all.has('AccessKeyId') || all.has('SignatureMethod') ? readProofV1(claim, crypto) : undefined
}

function readProofV1(claim: Claim, crypto: Crypto): Result<Proof, RequestFault> {
  const { all } = claim.parameters
  for (const name of ['AccessKeyId', 'SignatureMethod', 'SignatureVersion', 'SignatureNonce', 'Timestamp']) {
    if ((all.get(name) ?? '') === '') return fail(missing(name))
  }
  const text = (name: string): string => all.get(name) ?? ''
  if (text('SignatureType') !== '') return refuse(400, 'InvalidParameter', 'The specified SignatureType is not supported.')
  if (text('SignatureMethod') !== 'HMAC-SHA1') {
    return refuse(400, 'InvalidSignatureMethod', 'The specified SignatureMethod is not supported; use HMAC-SHA1.')
  }
  if (text('SignatureVersion') !== '1.0')
    return refuse(400, 'InvalidParameter', 'The specified SignatureVersion is not supported; use 1.0.')
  if (text('Signature') === '') return incomplete('The parameter Signature is missing.')
  const stringToSign = stringToSignV1(claim.request.method, all)
  return ok({
    accessKeyId: text('AccessKeyId'),
    timestamp: text('Timestamp'),
    nonce: text('SignatureNonce'),
    securityToken: text('SecurityToken') || undefined,
    signature: text('Signature'),
    stringToSign,
    sign: (secret) => toBase64(crypto.hmacSha1(`${secret}&`, stringToSign)),
  })
}

/** Without these in the signature somebody could change what the request means. */
const alwaysSigned = ['host', 'x-acs-action', 'x-acs-content-sha256', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-version']

function readProofV3(claim: Claim, authorization: string, crypto: Crypto): Result<Proof, RequestFault> {
  const { headers, method, body } = claim.request
  const parsed = parseAuthorization(authorization)
  if (!parsed)
    return incomplete('The Authorization header does not have the form "ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…".')
  if (parsed.algorithm !== 'ACS3-HMAC-SHA256') {
    return refuse(400, 'InvalidSignatureMethod', 'The specified signature algorithm is not supported; use ACS3-HMAC-SHA256.')
  }
  // The type decides whether the body is read as parameters.
  const required = [...alwaysSigned, ...(body.length > 0 ? ['content-type'] : [])]
  for (const name of required) if ((headers.get(name) ?? '') === '') return incomplete(`The header ${name} is missing.`)
  // Clients sign the whole family: one that is not signed was put in by somebody else.
  for (const name of [...required, ...[...headers.keys()].filter((name) => name.startsWith('x-acs-'))]) {
    if (!parsed.signedHeaders.includes(name)) return incomplete(`The header ${name} is not signed.`)
  }
  const header = (name: string): string => headers.get(name) ?? ''
  const payloadHash = toHex(crypto.sha256(body))
  const stringToSign = `ACS3-HMAC-SHA256\n${toHex(
    crypto.sha256(
      new TextEncoder().encode(
        canonicalRequestV3({ method, query: claim.parameters.query, headers, signedHeaders: parsed.signedHeaders, payloadHash }),
      ),
    ),
  )}`
  // The header is only compared: what counts in the canonical request is the hash of the bytes that came.
  const bodyMatches = header('x-acs-content-sha256') === payloadHash
  const credentialMatches = !headers.has('x-acs-accesskey-id') || header('x-acs-accesskey-id') === parsed.credential
  return ok({
    accessKeyId: parsed.credential,
    timestamp: header('x-acs-date'),
    nonce: header('x-acs-signature-nonce'),
    securityToken: header('x-acs-security-token') || undefined,
    signature: bodyMatches && credentialMatches ? parsed.signature : undefined,
    stringToSign,
    sign: (secret) => toHex(crypto.hmacSha256(secret, stringToSign)),
  })
}

function parseAuthorization(text: string) {
  const match = /^(ACS3-[A-Z0-9-]+) +Credential=([^,\s]+), *SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-fA-F]+)$/.exec(text.trim())
  if (!match) return undefined
  const [, algorithm, credential, signedHeaders, signature] = match as unknown as [string, string, string, string, string]
  return { algorithm, credential, signedHeaders: signedHeaders.split(';'), signature }
}

async function verify(proof: Proof, parts: SignatureParts, nowMs: number): Promise<Result<Identity, RequestFault>> {
  const key = await parts.keys.find(proof.accessKeyId)
  if (!key) return refuse(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.')
  if (!key.active) return refuse(400, 'InvalidAccessKeyId.Inactive', 'Specified access key is disabled.')
  const time = checkTime(proof.timestamp, nowMs)
  if (!time.ok) return time
  if (proof.signature === undefined || !isSameText(proof.signature, proof.sign(key.secret), parts.crypto)) {
    // The Go client compares its own text with what follows the colon, to tell a wrong secret from a wrong encoding.
    const advice = 'Specified signature is not matched with our calculation. server string to sign is:'
    return refuse(400, 'SignatureDoesNotMatch', `${advice}${proof.stringToSign}`)
  }
  if (proof.nonce.length > nonceLengthMax) return incomplete(`The nonce is longer than ${nonceLengthMax} characters.`)
  const nonce = await parts.nonces.remember(key.id, proof.nonce, nowMs, time.value + clockSkewMaxMs)
  if (nonce === 'used') return refuse(400, 'SignatureNonceUsed', 'The signature nonce was used before.')
  if (nonce === 'full') return refuse(400, 'Throttling.User', 'Request was denied due to user flow control.')
  return checkToken(key, proof.securityToken, parts.crypto, nowMs)
}

/** Milliseconds since 1970. */
function checkTime(timestamp: string, nowMs: number): Result<number, RequestFault> {
  const at = parseTimestamp(timestamp)
  if (at === undefined) {
    return refuse(400, 'InvalidTimeStamp.Format', 'Specified time stamp or date value is not well formatted; use YYYY-MM-DDThh:mm:ssZ.')
  }
  if (Math.abs(nowMs - at) <= clockSkewMaxMs) return ok(at)
  return refuse(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired: it differs by more than 15 minutes.')
}

/** Milliseconds since 1970, or undefined when it is no time of the calendar in exactly this form. */
export function parseTimestamp(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) || `${new Date(at).toISOString().slice(0, 19)}Z` !== text ? undefined : at
}

function checkToken(key: AccessKey, token: string | undefined, crypto: Crypto, nowMs: number): Result<Identity, RequestFault> {
  const identity: Identity = {
    account: key.account,
    kind: 'access-key',
    principal: key.id,
    user: key.user,
    role: key.role,
    grants: key.grants,
    isTemporary: key.temporary !== undefined,
    isSecondFactorProved: false,
    session: undefined,
  }
  if (!key.temporary) {
    return token === undefined
      ? ok(identity)
      : refuse(400, 'InvalidSecurityToken.MismatchWithAccessKey', 'This access key has no security token.')
  }
  if (token === undefined) return refuse(400, 'MissingSecurityToken', 'SecurityToken is mandatory for this action.')
  if (!isSameText(token, key.temporary.token, crypto)) {
    return refuse(400, 'InvalidSecurityToken.MismatchWithAccessKey', 'Specified SecurityToken does not belong to this access key.')
  }
  if (nowMs >= key.temporary.expiresAtMs) return refuse(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.')
  return ok(identity)
}

/** In a time that does not tell where they differ. */
function isSameText(a: string, b: string, crypto: Crypto): boolean {
  const bytes = new TextEncoder()
  return crypto.timingSafeEqual(bytes.encode(a), bytes.encode(b))
}

const incomplete = (message: string): Fail<RequestFault> => refuse(400, 'IncompleteSignature', message)
