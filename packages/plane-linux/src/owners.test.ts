import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAnnouncements, readDuration } from './owners.ts'

describe("the kernel's remaining times", () => {
  test('are read to the millisecond', () => {
    assert.equal(readDuration('1d2h3m4s5ms'), 93_784_005)
  })
})

describe('what nft lists', () => {
  const listing = `table bridge havip {
	set owner {
		type ipv4_addr . mark
		size 65536
		flags dynamic,timeout
		timeout 3650d
		elements = { 192.168.0.88 . 0x0000000a expires 3649d23h59m59s860ms,
			     192.168.0.89 . 0x000000ff expires 3649d23h59m58s }
	}
}
table bridge havip {
	map owner_mark {
		type ipv4_addr : mark
		flags dynamic,timeout
		elements = { 192.168.0.88 expires 3649d23h59m59s860ms : 0x0000000a }
	}
}
table bridge havip {
	set announced {
		elements = { 192.168.0.88 . "p1" expires 3649d23h59m59s960ms,
			     192.168.0.88 . "p2" expires 3649d23h59m50s }
	}
}
table bridge havip {
	set contested {
		elements = { 192.168.0.88 . "p2" timeout 3650d expires 3649d23h59m58s }
	}
}
table bridge havip {
	set held {
		flags timeout
		elements = { 192.168.0.88 . "p2" timeout 4s expires 3s200ms }
	}
}
`

  test('is read set by set, marks by their ports, and a mark without a port not at all', () => {
    const address = '192.168.0.88'
    assert.deepEqual(parseAnnouncements(listing, new Map([[10, 'p1']])), {
      owners: [{ address, link: 'p1', ageMs: 140 }],
      current: new Map([[address, { address, link: 'p1', ageMs: 140 }]]),
      last: [
        { address, link: 'p1', ageMs: 40 },
        { address, link: 'p2', ageMs: 10_000 },
      ],
      contested: [{ address, link: 'p2', ageMs: 2000 }],
      held: [{ address, link: 'p2', ageMs: 800 }],
    })
  })

  test('may be nothing', () => {
    assert.deepEqual(parseAnnouncements('', new Map()), { owners: [], current: new Map(), last: [], contested: [], held: [] })
  })
})
