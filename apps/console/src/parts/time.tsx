// Ages and times, as people say them.
import { useEffect, useState } from 'react'
import { type Speak, type Text, usePreferences, useText } from '../i18n/text.tsx'
import { words } from './words.ts'

const units: readonly (readonly [ms: number, text: Text])[] = [
  [86_400_000, ['{n} d', '{n} 天']],
  [3_600_000, ['{n} h', '{n} 小时']],
  [60_000, ['{n} min', '{n} 分钟']],
]

/** `0.4 s`, `12 s`, `3 min`, `2 h`, `5 d`. */
export function formatAge(ms: number, t: Speak): string {
  for (const [size, text] of units) if (ms >= size) return t(text, { n: Math.floor(ms / size) })
  const seconds = Math.max(0, ms) / 1000
  return t(['{n} s', '{n} 秒'], { n: seconds < 9.95 ? seconds.toFixed(1) : Math.floor(seconds) })
}
/** Lengths of time: `420 ms`, `3.06 s`. */
export const formatLength = (ms: number, t: Speak): string =>
  ms < 1000 ? t(['{n} ms', '{n} 毫秒'], { n: Math.round(ms) }) : t(['{n} s', '{n} 秒'], { n: (ms / 1000).toFixed(2) })

function useTick(everyMs: number): number {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

/** How long something has lasted, going on. `at`: when `ms` was told, as Date.now(). */
export function Elapsed({ ms, at }: { readonly ms: number; readonly at: number }) {
  const t = useText()
  useTick(200)
  return <span className="nowrap">{formatAge(ms + Math.max(0, Date.now() - at), t)}</span>
}

/** An age that goes on growing from the moment it was told. `at`: when it was told, as Date.now(). */
export function Age({ ms, at }: { readonly ms: number; readonly at: number }) {
  const t = useText()
  useTick(200)
  return <span className="nowrap">{t(words.ago, { time: formatAge(ms + Math.max(0, Date.now() - at), t) })}</span>
}

/** `isExact`: with seconds. */
export function When({ time, isExact = false }: { readonly time: string; readonly isExact?: boolean }) {
  const { language } = usePreferences()
  if (time === '') return <span className="quiet">–</span>
  const date = new Date(time)
  return (
    <time dateTime={time} title={date.toISOString()} className="nowrap">
      {new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
        dateStyle: 'medium',
        timeStyle: isExact ? 'medium' : 'short',
      }).format(date)}
    </time>
  )
}
