// Numbers of linux/rtnetlink.h that several parts need.

export const rtnetlinkType = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  setLink: 19,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  deleteRoute: 25,
  getRoute: 26,
  newNeighbour: 28,
  deleteNeighbour: 29,
  getNeighbour: 30,
  newRule: 32,
  deleteRule: 33,
  getRule: 34,
} as const

/** Group numbers for NETLINK_ADD_MEMBERSHIP; the bit in `nl_groups` is 1 << (number - 1). */
export const rtnetlinkGroup = {
  link: 1,
  neighbour: 3,
  ipv4Address: 5,
  ipv4Route: 7,
  ipv4Rule: 8,
  ipv6Address: 9,
  ipv6Route: 11,
  ipv6Rule: 19,
} as const

export const addressFamily = { ipv4: 2, ipv6: 10 } as const

/** Address, route and rule protocol of what a VRRP daemon installs: 18, "keepalived" in iproute's tables. */
export const vrrpRouteProtocol = 18
