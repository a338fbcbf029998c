// The frame every page shares: title, what can be done, sections; and what is shown while there is nothing to show.
import { Link, useLocation } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { useText } from '../i18n/text.tsx'
import { kept, type Search } from '../shell/address.ts'
import { words } from './words.ts'

type PageProps = {
  readonly title: string
  readonly lead?: ReactNode
  readonly above?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Page({ title, lead, above, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { pathname } = useLocation()
  const shown = useRef(pathname)
  useEffect(() => {
    document.title = `${title} · havip`
  }, [title])
  useEffect(() => {
    // Screen readers follow the focus; on the very first page the browser's own start is right.
    if (shown.current !== pathname || document.activeElement?.tagName === 'A') heading.current?.focus({ preventScroll: true })
    shown.current = pathname
  }, [pathname])
  return (
    <div className="page">
      <div className="page-head">
        <div>
          {above && <nav className="crumbs">{above}</nav>}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead && <p className="lead">{lead}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

type PanelProps = {
  readonly title: string
  readonly hint?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly id?: string
}
export function Panel({ title, hint, actions, children, id }: PanelProps) {
  return (
    <section className="panel" aria-label={title} id={id}>
      <header>
        <div className="stack">
          <h2>{title}</h2>
          {hint && <span className="hint">{hint}</span>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </section>
  )
}

export function Facts({ items }: { readonly items: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {items.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function Empty({ title, text, actions }: { readonly title: string; readonly text: ReactNode; readonly actions?: ReactNode }) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      <p>{text}</p>
      {actions && <div className="actions">{actions}</div>}
    </div>
  )
}

export function Loading() {
  const t = useText()
  return (
    <div className="loading" role="status">
      <span className="hidden">{t(words.loading)}</span>
      {[70, 92, 58].map((width) => (
        <div key={width} className="bone" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}

type PageLinkProps = {
  readonly to: string
  readonly search?: Search
  readonly children: ReactNode
  readonly className?: string
  readonly onClick?: () => void
  readonly label?: string
}
/** A link to another page of the console, which keeps region and guide. `to` is the path with its ids filled in. */
export function PageLink({ to, search, children, className, onClick, label }: PageLinkProps) {
  return (
    <Link
      to={to as never}
      search={((old: Search) => ({ ...kept(old), ...search })) as never}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      {...(className && { className })}
      {...(onClick && { onClick })}
      {...(label && { 'aria-label': label })}
    >
      {children}
    </Link>
  )
}

/** A link that looks like a button: for what begins on another page. */
export const LinkButton = (props: Omit<PageLinkProps, 'className'>) => (
  <PageLink {...props} className="ant-btn ant-btn-default link-as-button" />
)
