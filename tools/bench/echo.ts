// Answers every datagram on port 7777 with the name it was given: who has the address answers.
import { createSocket } from 'node:dgram'

const name = process.argv[2] ?? '?'
const socket = createSocket('udp4')
socket.on('message', (message, from) => socket.send(`${message.toString()} ${name}`, from.port, from.address))
// A datagram to a machine that has just lost power comes back as an error; the next one may be fine.
socket.on('error', () => undefined)
socket.bind(7777)
