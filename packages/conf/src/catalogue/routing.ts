// Codes of routes and rules.
import { type CatalogueSection, entry } from './entry.ts'

const IGNORES = 'Ignores the entry.'

export const routing: CatalogueSection = {
  name: 'routing',
  title: 'Routes and rules',
  entries: {
    'route-without-destination': entry('A route leads nowhere.', IGNORES, 'Write a network, an address or default.'),
    'mixed-families': entry('A route or rule has addresses of both families.', IGNORES, 'Use one family.'),
    'tracked-protocol': entry('A tracked route or rule has the protocol keepalived.', 'Uses 18.', 'Write no_track to keep another.'),
    'bad-option': entry('A value is not of the form that its option wants.', IGNORES, 'Write what the message asks for.'),
    'rule-without-action': entry('A rule says nothing to do.', IGNORES, 'Write table, goto, nop, blackhole, unreachable or prohibit.'),
    'rule-without-preference': entry(
      'A rule has no preference, so its place in the order is left to chance.',
      'Counts down from 16384.',
      'Write `preference N`.',
    ),
    'goto-backwards': entry('A rule can only jump to a later one.', IGNORES, 'Write a higher preference.'),
  },
}
