// Menus of resources for dialogs: what they are called first, how they are told apart beside it.
import { Select } from 'antd'
import { useText } from '../i18n/text.tsx'

export type Choice = { readonly value: string; readonly text: string; readonly detail?: string; readonly off?: string }

type ChooseProps = {
  readonly id: string
  readonly choices: readonly Choice[]
  readonly value: string | undefined
  readonly onChange: (value: string) => void
  readonly isLoading?: boolean
  readonly placeholder?: string
  /** Shown in place of the choices when there are none. */
  readonly empty?: React.ReactNode
}

export function Choose({ id, choices, value, onChange, isLoading = false, placeholder, empty }: ChooseProps) {
  const t = useText()
  return (
    <Select
      id={id}
      value={value ?? null}
      onChange={(chosen: string | null) => chosen !== null && onChange(chosen)}
      loading={isLoading}
      placeholder={placeholder ?? t(['Select', '请选择'])}
      showSearch={choices.length > 8 ? { optionFilterProp: 'search' } : false}
      notFoundContent={empty}
      options={choices.map(({ value: own, text, detail, off }) => ({
        value: own,
        disabled: off !== undefined,
        search: `${text} ${detail ?? ''} ${own}`,
        label: (
          <span className="option">
            <span>{text}</span>
            <span className="mono small">{off ?? detail}</span>
          </span>
        ),
      }))}
    />
  )
}
