// Sends one delivery of a webhook: no redirect is followed, no answer is read, nobody is waited for long.
import { createHmac } from 'node:crypto'
import type { Deliver } from '@havip/vpc-service'

const timeoutMs = 10_000

export const deliver: Deliver = async (url, headers, body) => {
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
  await response.body?.cancel()
  return response.status
}

export const hmacSha256 = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')
