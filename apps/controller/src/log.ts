// The log: one JSON object a line. Parameters and secrets never come here.
import pino, { type Logger } from 'pino'
import type { ControllerLog } from './controller.ts'

export const openLog = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 1, sync: true }))

export function controllerLog(log: Logger): ControllerLog {
  return {
    access: ({ error, ...record }) => {
      if (error !== undefined) log.error({ ...record, err: error }, 'call failed')
      else if (record.status >= 500) log.error(record, 'call failed')
      else log.info(record, 'call')
    },
    reconcile: (event) => {
      switch (event.kind) {
        case 'drift':
          return log.warn({ changes: event.changes, resources: event.resources.slice(0, 20) }, 'the plane was not as left; mended')
        case 'trouble':
          return log.warn({ resource: event.resource, err: event.error }, 'not as intended yet')
        case 'foreign-plane':
          return log.error(event, 'the plane belongs to another installation; nothing is touched until an operator adopts it')
        case 'failed':
          return log.error({ err: event.error }, 'reconciling failed; it is tried again')
      }
    },
    shell: (event) => log.info(event, 'terminal'),
    commandsWait: (error) => log.error({ err: error }, 'commands could not be started'),
    webhook: ({ webhook, error }) => log.warn({ webhook, err: error }, 'a webhook did not take its events'),
    failed: (what, error) => log.error({ what, err: error }, 'failed'),
    ownersUnknown: (error) => log.warn({ err: error }, 'the plane does not say who owns the HaVips'),
  }
}
