// Codes of words that are not what they should be: numbers, addresses, switches, options.
import { type CatalogueSection, entry } from './entry.ts'

const STAYS = 'Reports it; what was set before, or the default, stays.'
const IGNORES = 'Reports it and ignores the entry.'

export const values: CatalogueSection = {
  name: 'values',
  title: 'Values',
  entries: {
    'not-a-number': entry('A number is wanted here.', STAYS, 'Write a number within the range of the message.'),
    'trailing-characters': entry(
      'Something follows the number.',
      'Reads the number and reports the rest.',
      'Remove what follows, such as a unit.',
    ),
    'too-many-decimal-places': entry('A time is finer than a microsecond.', 'Rounds it.', 'Write fewer places.'),
    'out-of-range': entry('A number is outside its range.', STAYS, 'Write one within the range of the message.'),
    'raised-to-minimum': entry(
      'The number is below the least possible one, which is used in its place.',
      'Does the same.',
      'Write the number that counts.',
    ),
    'relative-path': entry(
      'A path does not begin at the root, and the daemon works in another directory.',
      'Does not know webhook.',
      'Write the whole path.',
    ),
    'zero-interval': entry(
      'A gap of 0 is outside the range, though 0 is what one has without the line.',
      'Reports it and ignores the line; nothing changes.',
      'Remove the line.',
    ),
    'not-a-switch': entry('The word is neither true, on, yes nor false, off, no.', STAYS, 'Write one of them, or nothing for on.'),
    'switch-ignores-argument': entry(
      'The keyword looks at no argument, so `off` switches it on.',
      'Switches it on, silently.',
      'Remove the line to leave it off.',
    ),
    'not-a-choice': entry('The word is none of those possible here.', STAYS, 'Write one that the message lists.'),
    'too-long': entry('A name is longer than its place.', 'Cuts it.', 'Shorten it.'),
    'bad-interface-name': entry('No interface can have this name.', 'Reports it.', 'Write 1 to 15 characters without slash.'),
    'empty-command': entry('The command is empty.', 'Runs nothing.', 'Write the program, or remove the line.'),
    'bad-address': entry('The word is no IP address.', IGNORES, 'Write an IPv4 or IPv6 address; host names are not looked up.'),
    'wrong-family': entry(
      'The address is IPv4 where IPv6 is needed, or the other way round.',
      IGNORES,
      'Use addresses of one family; virtual_ipaddress_excluded takes both.',
    ),
    'bad-prefix': entry(
      'The number after the slash is no prefix length.',
      'Uses the longest one, /32 or /128.',
      'Write 0 to 32, or 0 to 128 for IPv6.',
    ),
    'prefix-without-meaning': entry('A prefix length stands where none is looked at.', 'Ignores it, silently.', 'Write the address alone.'),
    'prefix-with-peer': entry(
      'With `peer` the prefix length belongs to the peer.',
      'Ignores the one of the address.',
      'Write it after the peer’s address.',
    ),
    'unknown-option': entry(
      'The entry has no such option.',
      'Reports it and ignores the word, or the rest of the entry.',
      'Correct the option or remove it.',
    ),
    'already-specified': entry('The same is said twice.', 'The first one counts.', 'Remove the second one.'),
    'already-defined': entry(
      'A block of this kind and name exists already.',
      'Skips the second one; of trackers it silently uses the first.',
      'Give it another name, or join the two.',
    ),
    'empty-list': entry('A list has no entries.', 'Reports it.', 'Add entries or remove the list.'),
    'bad-scope': entry('The word is no scope of an address.', 'Ignores it.', 'Write global, site, link, host, nowhere or 0 to 255.'),
    'bad-broadcast': entry('The word is no broadcast address.', 'Ignores it.', 'Write an IPv4 address, `+` or `-`.'),
    'broadcast-needs-network': entry(
      'A broadcast address is to be computed for a network that has none.',
      'Ignores it.',
      'Give a prefix length of 30 or less.',
    ),
    'broadcast-with-peer': entry('An address with a peer has no broadcast address.', 'Ignores it.', 'Remove one of the two.'),
    'label-too-long': entry('A label has 15 characters at most.', IGNORES, 'Shorten it.'),
    'not-for-ipv6': entry('The option is for IPv4 only.', 'Ignores it or the entry.', 'Remove it.'),
    'bad-peer-address': entry('The peer is no address of the same family.', 'Ignores it.', 'Correct it.'),
    'bad-lifetime': entry('The word is no lifetime.', 'Ignores it.', 'Write seconds or forever.'),
    'bad-mac': entry(
      'The word is no MAC address that an interface could have.',
      'Ignores it.',
      'Write six pairs of hexadecimal digits of a unicast address.',
    ),
    'bad-umask': entry('The word is no umask.', 'Ignores it.', 'Write an octal number such as 0077.'),
    'bad-cpu': entry('The word is no CPU number.', 'Ignores it.', 'Write numbers from 0 on.'),
    'bad-ttl': entry('The word is no TTL.', 'Ignores it.', 'Write 0 to 255.'),
    'not-multicast': entry(
      'The group is no multicast address of link-local scope.',
      'Uses the default group.',
      'Remove the line, or write an address of 224.0.0.0/24 or ff02::/16.',
    ),
    'same-fifo': entry('Both FIFOs have one path.', 'Ignores the second.', 'Remove vrrp_notify_fifo, or give it its own path.'),
    'uses-nftables': entry(
      'The keyword asks for iptables or ipsets; havip uses nftables.',
      'Uses iptables where it was built with it.',
      'Write `nftables`.',
    ),
    'mail-needs-smtp-alert': entry(
      'Mail is set up, and nothing here says when to send it.',
      'Sends none, silently.',
      'Write `smtp_alert on` in global_defs, or remove the mail settings.',
    ),
  },
}
