// Where havip reads a file otherwise than keepalived on purpose, and why.

export type Difference = { readonly title: string; readonly keepalived: string; readonly havip: string; readonly reason: string }

export const differences: readonly Difference[] = [
  {
    title: 'The file is missing',
    keepalived: '`-t` says nothing and ends with 0; the daemon refuses to start.',
    havip: '`-t` and `havip check` report it and end with 6.',
    reason: 'A test that passes for a mistyped path is worse than none.',
  },
  {
    title: 'An argument is missing',
    keepalived: 'Reading ends in the middle of the file, with exit status 2; what stands below is never looked at.',
    havip: 'The status is 2, too, and reading goes on, so that one run shows every problem.',
    reason: 'Who mends one problem at a time checks as often as there are problems.',
  },
  {
    title: 'A block that nobody knows',
    keepalived:
      'Its first line is skipped, and the lines within are read as if they stood outside, with an error each or, worse, with an effect.',
    havip: 'The whole block is skipped, with one error.',
    reason: 'Its lines mean nothing elsewhere.',
  },
  {
    title: 'A `}` is missing before the next block',
    keepalived: 'The following blocks are taken as part of the open one; each of their lines is unknown.',
    havip: 'A block that only stands at the top level closes what is open; there is one error, at the place.',
    reason: 'One mistake gives one message, and the other routers of the file can be checked.',
  },
  {
    title: 'Long lines',
    keepalived: 'A line longer than its buffer is cut, or reading ends.',
    havip: 'The line is read whole, with the error that keepalived would have.',
    reason: 'The file is checked for keepalived, and read as it was meant.',
  },
  {
    title: 'Byte order mark, no-break and other blanks that are none',
    keepalived: 'They are part of the word that they stand in, which then is unknown.',
    havip: 'They are read as a blank, with an error.',
    reason: 'They come from copying off a web page, nobody can see them, and there is only one thing they can mean.',
  },
  {
    title: 'A reference that nobody defined',
    keepalived: 'The text stays, and its brace is then taken for the beginning of a block.',
    havip: 'The text stays one word.',
    reason: 'The error is about the name; errors about braces that nobody wrote would hide it.',
  },
  {
    title: 'Endless includes and definitions',
    keepalived: 'A file that includes itself is read until memory or files run out.',
    havip: 'The include is ignored with an error; expansions have a bound.',
    reason: 'A check must end.',
  },
  {
    title: 'LVS',
    keepalived: 'Runs virtual servers.',
    havip: 'Checks the form of their blocks, says that they are not run, and goes on.',
    reason: 'havip moves addresses; IPVS can stay with keepalived beside it.',
  },
]
