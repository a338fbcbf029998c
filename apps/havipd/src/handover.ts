// Taking over from the daemon that runs: asks it over its status socket to fall silent and to say how things stand.
import { connect } from 'node:net'
import { bytesFromJson, type Heritage, heritageFrom } from '@havip/vrrp-runtime'

/** Undefined when none runs there, or it does not answer in time: then this is an ordinary start. */
export function requestHandover(socketPath: string, patienceMs = 3000): Promise<Heritage | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(socketPath)
    const timer = setTimeout(() => socket.destroy(), patienceMs)
    socket.setEncoding('utf8')
    socket.on('connect', () => socket.write('{"op":"handover"}\n'))
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', () => {})
    // It closes the connection when it has let go of everything.
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(readAnswer(text))
    })
  })
}

function readAnswer(text: string): Heritage | undefined {
  try {
    const answer: unknown = JSON.parse(text.split('\n')[0] ?? '', bytesFromJson)
    return typeof answer === 'object' && answer !== null && 'heritage' in answer ? heritageFrom(answer.heritage) : undefined
  } catch {
    return undefined
  }
}
