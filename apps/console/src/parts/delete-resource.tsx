// Asks once before something goes for good.
import { useChange } from '../api/queries.ts'
import { useText } from '../i18n/text.tsx'
import { Dialog } from './controls.tsx'
import { words } from './words.ts'

type DeleteProps = {
  readonly title: string
  readonly text: string
  readonly okText?: string
  readonly call: Parameters<ReturnType<typeof useChange>['mutate']>[0]
  readonly onClose: () => void
}
export function DeleteResource({ title, text, okText, call, onClose }: DeleteProps) {
  const t = useText()
  const change = useChange()
  return (
    <Dialog
      title={title}
      isOpen
      isDanger
      okText={okText ?? t(words.remove)}
      onClose={onClose}
      isBusy={change.isPending}
      error={change.error}
      onOk={() => change.mutate(call, { onSuccess: onClose })}
    >
      <p style={{ overflowWrap: 'anywhere' }}>{text}</p>
      <p className="quiet">{t(['This cannot be undone.', '此操作无法撤销。'])}</p>
    </Dialog>
  )
}
