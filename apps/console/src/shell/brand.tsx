// The name and its mark: an address that has left one machine for another.
export function Brand({ inverse = false }: { readonly inverse?: boolean }) {
  const address = inverse ? '#a78bfa' : 'var(--address)'
  return (
    <span className="brand">
      <svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true">
        <circle cx="5.5" cy="17" r="3" stroke="currentColor" strokeWidth="1.6" opacity="0.55" />
        <path d="M5.5 10.5a7 7 0 0 1 11.2-1.8" stroke={address} strokeWidth="1.8" strokeLinecap="round" />
        <path d="m18 11.5 5 5-5 5-5-5Z" fill={address} />
      </svg>
      <span className="brand-name">havip</span>
    </span>
  )
}
