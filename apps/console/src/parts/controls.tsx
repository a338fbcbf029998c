// Buttons that say why they are off, texts that can be copied, dialogs that keep what failed in view.
import { Button, type ButtonProps, Modal, Tooltip } from 'antd'
import { type ReactNode, useId, useRef, useState } from 'react'
import { useText } from '../i18n/text.tsx'
import { useSession } from '../shell/session.tsx'
import { FaultNote } from './fault.tsx'
import { words } from './words.ts'

type WhyProps = ButtonProps & {
  /** Why it is off; undefined: it is on. */
  readonly off?: string | undefined
  /** It changes something, so a viewer cannot use it. */
  readonly changes?: boolean
}

/** Off, it can still be reached with the keyboard and read, so that everybody learns the reason. */
export function WhyButton({ off, changes = true, children, ...props }: WhyProps) {
  const t = useText()
  const id = useId()
  const { role } = useSession()
  const reason = off ?? (changes && role === 'viewer' ? t(words.viewer) : undefined)
  if (reason === undefined) return <Button {...props}>{children}</Button>
  return (
    <>
      <Tooltip title={reason} trigger={['hover', 'focus']}>
        <Button {...props} className="is-off" onClick={(event) => event.preventDefault()} aria-disabled="true" aria-describedby={id}>
          {children}
        </Button>
      </Tooltip>
      <span id={id} className="hidden">
        {reason}
      </span>
    </>
  )
}

export function Copyable({ text, children }: { readonly text: string; readonly children?: ReactNode }) {
  const t = useText()
  const [isCopied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 1500)
    })
  }
  return (
    <span className="copyable">
      {children ?? <span className="mono">{text}</span>}
      <button type="button" className="copy" onClick={copy} aria-label={isCopied ? t(words.copied) : t(words.copy, { what: text })}>
        <svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden="true">
          {isCopied ? <path d="m3 7.5 2.5 2.5L11 4" /> : <path d="M4.5 4.5v-2h7v7h-2m-7-5h7v7h-7z" />}
        </svg>
      </button>
    </span>
  )
}

type DialogProps = {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onOk: () => void
  readonly isBusy: boolean
  readonly error?: unknown
  /** Why OK is off. */
  readonly off?: string | undefined
  readonly okText?: string
  readonly isDanger?: boolean
  /** False: a viewer may do it, too. */
  readonly changes?: boolean
  readonly width?: number
  readonly children: ReactNode
}

/** Enter in a field is OK. What fails is said inside, and the dialog stays. */
export function Dialog({
  title,
  isOpen,
  onClose,
  onOk,
  isBusy,
  error,
  off,
  okText,
  isDanger = false,
  changes = true,
  width = 560,
  children,
}: DialogProps) {
  const t = useText()
  const form = useRef<HTMLFormElement>(null)
  return (
    <Modal
      title={title}
      open={isOpen}
      afterOpenChange={(isShown) => isShown && form.current?.querySelector<HTMLElement>('input:not([hidden]), button')?.focus()}
      onCancel={onClose}
      width={width}
      destroyOnHidden
      mask={{ closable: false }}
      footer={
        <div className="actions" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose}>{t(words.cancel)}</Button>
          <WhyButton type="primary" danger={isDanger} changes={changes} loading={isBusy} off={off} onClick={onOk}>
            {okText ?? t(words.ok)}
          </WhyButton>
        </div>
      }
    >
      <form
        ref={form}
        className="dialog-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (off === undefined && !isBusy) onOk()
        }}
      >
        {children}
        {error !== undefined && error !== null && <FaultNote error={error} />}
        <input type="submit" hidden />
      </form>
    </Modal>
  )
}

type FieldProps = {
  readonly label: string
  readonly help?: ReactNode
  readonly wrong?: string | undefined
  readonly htmlFor?: string
  readonly children: ReactNode
}
export function Field({ label, help, wrong, htmlFor, children }: FieldProps) {
  return (
    <div className="field">
      {htmlFor ? <label htmlFor={htmlFor}>{label}</label> : <span className="label">{label}</span>}
      {children}
      {wrong !== undefined ? (
        <span className="help bad" role="alert">
          {wrong}
        </span>
      ) : (
        help && <span className="help">{help}</span>
      )}
    </div>
  )
}
