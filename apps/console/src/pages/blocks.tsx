// The ranges of a VPC or a vSwitch: IPv4, and IPv6 below it where there is one.
type BlocksProps = { readonly of: { readonly CidrBlock: string; readonly Ipv6CidrBlock: string } }

export function Blocks({ of }: BlocksProps) {
  return (
    <span className="stack">
      <span className="mono">{of.CidrBlock}</span>
      {of.Ipv6CidrBlock !== '' && <span className="mono quiet small">{of.Ipv6CidrBlock}</span>}
    </span>
  )
}
