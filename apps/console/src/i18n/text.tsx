// Texts in both languages, side by side where they are used: a page brings its own, and none can lack a translation.
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'

/** English, Simplified Chinese. `{name}` stands for a value. */
export type Text = readonly [en: string, zh: string]
export type Language = 'en' | 'zh'
export type Appearance = 'light' | 'dark'
export type Values = Readonly<Record<string, string | number>>
/** Gives a text in the reader's language. */
export type Speak = (text: Text, values?: Values) => string

type Preferences = {
  readonly language: Language
  readonly appearance: Appearance
  readonly setLanguage: (language: Language) => void
  readonly setAppearance: (appearance: Appearance) => void
}

const PreferencesContext = createContext<Preferences | undefined>(undefined)

const stored = (key: string): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
const store = (key: string, value: string): void => {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}

function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? stored('havip.language')
  if (asked === 'en' || asked === 'zh') return asked
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}
function firstAppearance(): Appearance {
  const asked = stored('havip.appearance')
  if (asked === 'light' || asked === 'dark') return asked
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage)
  const [appearance, setAppearance] = useState(firstAppearance)
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    document.documentElement.dataset.appearance = appearance
  }, [language, appearance])
  const value = useMemo(
    (): Preferences => ({
      language,
      appearance,
      setLanguage: (next) => {
        store('havip.language', next)
        setLanguage(next)
      },
      setAppearance: (next) => {
        store('havip.appearance', next)
        setAppearance(next)
      },
    }),
    [language, appearance],
  )
  return <PreferencesContext value={value}>{children}</PreferencesContext>
}

export function usePreferences(): Preferences {
  const value = use(PreferencesContext)
  if (!value) throw new Error('PreferencesProvider is missing')
  return value
}

export const speakIn =
  (language: Language): Speak =>
  (text, values) => {
    const plain = text[language === 'zh' ? 1 : 0]
    return values ? plain.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : plain
  }

export function useText(): Speak {
  const { language } = usePreferences()
  return useMemo(() => speakIn(language), [language])
}
