// The whole of a failover as rules, in the path of the packet: no daemon of ours takes part in it. The same for every kind of packet by
// which an address can be claimed; they differ in where the address stands and in what announces it.
import type { Chain, SetName } from './rule-tables.ts'

export type Claim = {
  /** Ends the names of its chains. */
  readonly name: '' | '_by_advertisement' | '_by_solicitation'
  /** Ends the names of the sets: those of IPv4, or of IPv6. */
  readonly sets: '' | '6'
  /** Where the packet has the address. */
  readonly address: string
  /** What makes it an announcement; undefined: nothing, it only asks or answers. */
  readonly announces: string | undefined
  /** What becomes of a packet whose claim is right. */
  readonly granted: string
}

/**
 * What may be sent from a HAVIP, at a port that it is bound to, once the packet is in order otherwise. For a moment after a take-over the
 * old owner's answers still pass, which were under way; the new one knows nothing of those connections, and its resets would end them.
 * (Only resets without an acknowledgement answer to a connection that is thought to exist, RFC 9293 §3.5.2.) Claims of the address never fade, and
 * a loser of a conflict has no such moment.
 */
export const senderRules = (sets: '' | '6', source: string): string[] => {
  const mark = 'meta mark set iifname map @marks'
  return [
    `${source} != @havips${sets} accept`,
    `${source} . iifname @held${sets} goto fenced_drop`,
    `${mark} ${source} . meta mark @fading${sets} accept`,
    `${source} @moved${sets} tcp flags & (rst | ack) == rst drop`,
    `${mark} ${source} . meta mark @owner${sets} accept`,
    `meta mark set ${source} map @owner_mark${sets} goto fenced_drop`,
    'accept',
  ]
}

export const countedDrop = (counter: SetName): string[] => [`iifname @${counter} drop`, 'drop']

/** `claim…` is the one to go to: with an address that is a HAVIP, at a port that the HAVIP is bound to. */
export function claimChains({ name, sets, address, announces, granted }: Claim): readonly Chain[] {
  const [owner, ownerMark, announced, contested, held, fading, moved] = (
    ['owner', 'owner_mark', 'announced', 'contested', 'held', 'fading', 'moved'] as const
  ).map((set) => `@${set}${sets}`)
  return [
    {
      // A bound port that does not own the address claimed it.
      family: 'bridge',
      name: `refuse_claim${name}`,
      rules: [`update ${contested} { ${address} . iifname }`, ...countedDrop('fenced')],
    },
    {
      family: 'bridge',
      name: `replace_owner${name}`,
      rules: [
        // The value of an element cannot be replaced: it is deleted and made anew. Without an owner the first rule ends at once.
        `meta mark set ${address} map ${ownerMark} delete ${owner} { ${address} . meta mark } delete ${ownerMark} { ${address} : meta mark }`,
        `meta mark set iifname map @marks add ${owner} { ${address} . meta mark } add ${ownerMark} { ${address} : meta mark }`,
        `update ${announced} { ${address} . iifname } ${granted}`,
      ],
    },
    {
      family: 'bridge',
      name: `take_over${name}`,
      rules: [
        // Who takes back what it has only just lost is in a quarrel: there nothing fades.
        `meta mark set iifname map @marks ${address} . meta mark ${fading} goto replace_owner${name}`,
        `meta mark set ${address} map ${ownerMark} update ${fading} { ${address} . meta mark } update ${moved} { ${address} }`,
        `goto replace_owner${name}`,
      ],
    },
    {
      family: 'bridge',
      name: `claim${name}`,
      rules: [
        `${address} . iifname ${held} goto refuse_claim${name}`,
        `meta mark set iifname map @marks ${address} . meta mark ${owner} update ${announced} { ${address} . iifname } ${granted}`,
        ...(announces === undefined ? [] : [`${announces} goto take_over${name}`]),
        // An answer or a question is no announcement: while another owns the address, it comes too late.
        `meta mark set ${address} map ${ownerMark} goto refuse_claim${name}`,
        `goto take_over${name}`,
      ],
    },
  ]
}
