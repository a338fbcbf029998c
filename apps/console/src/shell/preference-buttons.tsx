// Language and appearance: two buttons, each named by what it changes to.
import { usePreferences, useText } from '../i18n/text.tsx'

export function PreferenceButtons() {
  const t = useText()
  const { language, appearance, setLanguage, setAppearance } = usePreferences()
  const isDark = appearance === 'dark'
  return (
    <>
      <button
        type="button"
        className="bar-button"
        lang={language === 'en' ? 'zh-CN' : 'en'}
        aria-label={language === 'en' ? '简体中文' : 'English'}
        onClick={() => setLanguage(language === 'en' ? 'zh' : 'en')}
      >
        <span className="wide">{language === 'en' ? '简体中文' : 'English'}</span>
        <span className="narrow" aria-hidden="true">
          {language === 'en' ? '中' : 'EN'}
        </span>
      </button>
      <button
        type="button"
        className="bar-button"
        aria-label={isDark ? t(['Light appearance', '浅色外观']) : t(['Dark appearance', '深色外观'])}
        onClick={() => setAppearance(isDark ? 'light' : 'dark')}
      >
        <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
          {isDark ? (
            <>
              <circle cx="8" cy="8" r="3" />
              <path d="M8 1v2m0 10v2M1 8h2m10 0h2M3 3l1.5 1.5m7 7L13 13M3 13l1.5-1.5m7-7L13 3" strokeLinecap="round" />
            </>
          ) : (
            <path d="M13.5 9.8A6 6 0 1 1 6.2 2.5a4.8 4.8 0 0 0 7.3 7.3Z" strokeLinejoin="round" />
          )}
        </svg>
      </button>
    </>
  )
}
