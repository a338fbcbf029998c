// The number that the kernel gives to a namespace's packet rules: every change by a program makes it one more, changes by packets do
// not. As long as it is what we left it at, what we remember of the rules is what is there.
import { AF, closeDescriptor, openSocket, receive, SOCK, sendTo, setReceiveTimeout } from '@havip/linux'
import { insideNetns } from './netns.ts'

const netlinkNetfilter = 12
/** NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN and NFT_MSG_GETGEN of linux/netfilter. */
const subsystem = 10 << 8
const newGeneration = subsystem | 15
const getGeneration = subsystem | 16
/** NLM_F_REQUEST. */
const request = 1
const headerBytes = 20
const attributeHeaderBytes = 4
/** NFTA_GEN_ID, a number in network order. */
const generationId = 1
const answerWithinMs = 1_000

/** Undefined: the kernel does not say; then nothing may be taken for known. */
export function rulesGeneration(netns: string): number | undefined {
  return insideNetns(netns, () => {
    const fd = openSocket(AF.NETLINK, SOCK.RAW, netlinkNetfilter)
    try {
      setReceiveTimeout(fd, answerWithinMs)
      const question = new DataView(new ArrayBuffer(headerBytes))
      question.setUint32(0, headerBytes, true)
      question.setUint16(4, getGeneration, true)
      question.setUint16(6, request, true)
      if (sendTo(fd, new Uint8Array(question.buffer), 0, null) < 0) return undefined
      const answer = new Uint8Array(new ArrayBuffer(512))
      return readGeneration(new DataView(answer.buffer, 0, Math.max(0, receive(fd, answer, 0))))
    } finally {
      closeDescriptor(fd)
    }
  })
}

function readGeneration(answer: DataView): number | undefined {
  if (answer.byteLength < headerBytes || answer.getUint16(4, true) !== newGeneration) return undefined
  for (let at = headerBytes; at + attributeHeaderBytes + 4 <= answer.byteLength; ) {
    const length = answer.getUint16(at, true)
    if (answer.getUint16(at + 2, true) === generationId && length === attributeHeaderBytes + 4)
      return answer.getUint32(at + attributeHeaderBytes)
    if (length < attributeHeaderBytes) return undefined
    at += (length + 3) & ~3
  }
  return undefined
}
