// A text as a QR code, in black on white in either appearance: cameras want it so.
import { useMemo } from 'react'
import { encodeQr } from './qr.ts'

/** Light modules around it, as readers need. */
const margin = 4

export function QrPicture({ text, label }: { readonly text: string; readonly label: string }) {
  const { side, path } = useMemo(() => {
    const code = encodeQr(text)
    if (!code) return { side: 0, path: '' }
    let path = ''
    for (let y = 0; y < code.size; y++)
      for (let x = 0; x < code.size; x++) if (code.isDark(x, y)) path += `M${x + margin} ${y + margin}h1v1h-1z`
    return { side: code.size + 2 * margin, path }
  }, [text])
  if (side === 0) return null
  return (
    <svg className="qr-picture" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}
