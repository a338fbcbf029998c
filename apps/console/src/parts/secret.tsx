// A secret that is told once, and never again.
import { useText } from '../i18n/text.tsx'
import { Copyable, WhyButton } from './controls.tsx'
import { Mark } from './mark.tsx'
import { words } from './words.ts'

export type Secret = { readonly title: string; readonly lines: readonly (readonly [label: string, value: string])[] }

export function SecretNote({ secret, onClose }: { readonly secret: Secret; readonly onClose: () => void }) {
  const t = useText()
  return (
    <section className="note address" role="status" aria-label={secret.title}>
      <Mark tone="address" />
      <div className="stack" style={{ gap: 8 }}>
        <strong>{secret.title}</strong>
        {secret.lines.map(([label, value]) => (
          <span key={label}>
            <span className="quiet small">{label} </span>
            <Copyable text={value} />
          </span>
        ))}
        <span className="small">{t(['It is shown this once. Keep it where only you can read it.', '仅显示这一次，请妥善保管。'])}</span>
      </div>
      <WhyButton size="small" changes={false} onClick={onClose}>
        {t(words.close)}
      </WhyButton>
    </section>
  )
}
