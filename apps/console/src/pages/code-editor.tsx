// The text of a keepalived.conf being edited: colours, problems under the words, reference on hover, completion, comparison.
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { useText } from '../i18n/text.tsx'
import { completion, highlighting, problems, reference } from './configuration-language.ts'

type CodeEditorProps = {
  readonly text: string
  readonly original: string | undefined
  readonly hostName: string
  readonly onText: (text: string) => void
  readonly viewRef: React.RefObject<EditorView | null>
}

/** `viewRef` gives a way into it: what is changed through that is as if it was typed. */
export function CodeEditor({ text, original, hostName, onText, viewRef }: CodeEditorProps) {
  const t = useText()
  const holder = useRef<HTMLDivElement>(null)
  const first = useRef(text)
  const tell = useRef(onText)
  tell.current = onText
  const label = t(['keepalived.conf', 'keepalived.conf'])
  useEffect(() => {
    const parent = holder.current
    if (!parent) return undefined
    const extensions: Extension[] = [
      lineNumbers(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      bracketMatching(),
      lintGutter(),
      ...highlighting,
      problems(hostName, () => undefined),
      reference(hostName, t),
      completion(hostName, t),
      EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
      // Tab leaves the editor again after Escape.
      keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) tell.current(update.state.doc.toString())
      }),
      ...(original === undefined ? [] : [unifiedMergeView({ original, mergeControls: false, highlightChanges: true, gutter: true })]),
    ]
    const view = new EditorView({ parent, state: EditorState.create({ doc: first.current, extensions }) })
    viewRef.current = view
    return () => {
      first.current = view.state.doc.toString()
      view.destroy()
      viewRef.current = null
    }
  }, [hostName, original, label, t, viewRef])
  return <div ref={holder} className="editor" />
}
