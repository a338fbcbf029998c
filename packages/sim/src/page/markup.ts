// Text into markup, and numbers into places: used by every part of the page.

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Safe between tags and inside quoted attributes. */
export const escapeMarkup = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] as string)

/** A moment as a share of the whole, in percent, to a millionth: the picture stretches to any width. */
export const percentOf = (at: number, duration: number): string => `${duration > 0 ? Math.round((at / duration) * 1e9) / 1e7 : 0}%`

/** `12.740 s`, or minutes and hours where a run is long. */
export function clockTime(at: number): string {
  const seconds = at / 1000
  if (seconds < 600) return `${seconds.toFixed(3)} s`
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = (seconds % 60).toFixed(3).padStart(6, '0')
  return `${hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : minutes}:${rest}`
}

/** About `count` round steps over the duration, in milliseconds. */
export function roundStep(duration: number, count: number): number {
  const wanted = Math.max(1, duration / count)
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000]
  return [...steps, 1_800_000, 3_600_000, 7_200_000, 14_400_000].find((step) => step >= wanted) ?? wanted
}
