// Codes of the first readers: files, lines, characters, definitions, braces.
import { type CatalogueSection, entry } from './entry.ts'

export const reading: CatalogueSection = {
  name: 'reading',
  title: 'Files, lines and braces',
  entries: {
    'file-not-found': entry(
      'The configuration file does not exist.',
      'Its `-t` then ends with 0 as if all were well, and its daemon refuses to start.',
      'Correct the path, or create the file; `havip new` writes one.',
    ),
    'file-not-readable': entry(
      'The configuration file exists and may not be read.',
      'Says that the file is missing, and does not tell why.',
      'Give the user who checks it the right to read, or check as root.',
    ),
    'file-not-a-file': entry('The path leads to a directory, a device or a pipe.', 'Refuses it.', 'Give the path of the file itself.'),
    'file-executable': entry(
      'The file has an execute bit, and keepalived takes such a file for a script put here by mistake.',
      'Skips it.',
      '`chmod a-x` the file.',
    ),
    'file-too-large': entry(
      'The file is larger than any configuration could be.',
      'Reads it, however long that takes.',
      'Look whether this is the right file.',
    ),
    'include-not-found': entry(
      'An included file does not exist.',
      'Warns and goes on, unless the include must succeed.',
      'Correct the path.',
    ),
    'include-no-match': entry(
      'No file matches the pattern of an include.',
      'Goes on, unless the include must succeed.',
      'Correct the pattern, or put a file there.',
    ),
    'include-not-readable': entry('An included file may not be read.', 'Skips it with a warning.', 'Give the daemon the right to read it.'),
    'include-not-a-file': entry(
      'An include matches a directory or device.',
      'Skips it.',
      'Make the pattern match files only, such as `conf.d/*.conf`.',
    ),
    'include-executable': entry('An included file has an execute bit.', 'Skips it, as it may be a script.', '`chmod a-x` the file.'),
    'include-cycle': entry(
      'A file includes itself, directly or by another one.',
      'Reads it again and again until it runs out of files or memory.',
      'Remove one of the includes on the circle.',
    ),
    'include-too-deep': entry(
      'Includes within includes go further than any real configuration.',
      'Has no limit of its own.',
      'Look for files that include each other.',
    ),
    'include-without-pattern': entry('`include` stands alone.', 'Reports it and goes on.', 'Write a path or a pattern after it.'),
    'line-too-long': entry(
      'A line is longer than keepalived’s buffer.',
      'Cuts it there and reads the rest as another line, or ends.',
      'Break it with a backslash at the line end, or use a definition.',
    ),
    'nul-byte': entry(
      'A line holds a NUL byte, which no text has.',
      'Takes the line as ending there.',
      'Look whether this is a text file; save it as UTF-8, not UTF-16.',
    ),
    'byte-order-mark': entry(
      'The file begins with an invisible mark that some editors write.',
      'Takes it as part of the first word, which then is unknown.',
      'Save the file as UTF-8 without byte order mark.',
    ),
    'unusual-blank': entry(
      'Something that looks like a blank is another character, as copied from a web page.',
      'Takes it as a letter, so two words become one unknown word.',
      'Replace it by a plain blank.',
    ),
    'unusual-punctuation': entry(
      'A brace, quote or mark is the full-width or typographic one.',
      'Takes it as a letter.',
      'Write the plain ASCII character.',
    ),
    'unterminated-quote': entry(
      'A quotation mark is not closed on its line.',
      'Takes everything up to the line end as quoted.',
      'Close it; a quoted text ends on the line where it begins.',
    ),
    'undefined-parameter': entry(
      'A reference such as `$NAME` has no definition before it.',
      'Leaves the text as it stands, `${` and all.',
      'Write `$NAME=value` on a line before, or correct the name.',
    ),
    'parameter-recursion': entry(
      'Definitions refer to each other in a circle.',
      'Substitutes until its buffer is full.',
      'Break the circle.',
    ),
    'expansion-too-large': entry(
      'Definitions multiply the text beyond any use.',
      'Goes on until memory is short.',
      'Look for definitions that double themselves.',
    ),
    'substitution-too-long': entry(
      'A line is longer than keepalived’s buffer after its definitions are put in.',
      'Cuts it.',
      'Make the definitions shorter, or use lines of their own.',
    ),
    'definition-inside-expansion': entry(
      'A definition of several lines begins inside another one.',
      'Reads it as plain text.',
      'Move it out.',
    ),
    'multi-line-parameter-inside-line': entry(
      'A definition of several lines is used within a line.',
      'Puts only parts of it there.',
      'Put the reference on a line of its own.',
    ),
    'random-bounds': entry(
      'A `_RANDOM` reference has no numbers, or its bounds are the wrong way round.',
      'Uses the lower one.',
      'Write `_RANDOM MIN MAX` within the braces.',
    ),
    'bad-sequence': entry(
      'A `~SEQ` or `~LST` cannot be read.',
      'Leaves the line as it stands.',
      'Write `~SEQ(name, start, step, end)` or `~LST(name, value, …)`.',
    ),
    'condition-without-id': entry('A line begins with `@` and a blank.', 'Drops the line.', 'Write `@ID` or `@^ID` without a blank.'),
    'too-many-statements': entry(
      'There are more statements than any configuration has.',
      'Reads on.',
      'Look whether this is a configuration.',
    ),
    'too-many-problems': entry(
      'There are more problems than anybody reads.',
      'Prints them all.',
      'Mend the first ones; the others often follow from them.',
    ),
    'too-deep': entry(
      'Blocks stand within blocks further than any keyword allows.',
      'Ignores what it does not know.',
      'Look for a `}` that is missing.',
    ),
    'missing-open': entry(
      'A block has no `{`.',
      'Reads what follows as if it were there, or reports it.',
      'Write `{` after the keyword and its name.',
    ),
    'unexpected-open': entry(
      'A `{` belongs to no keyword, or to one that is no block.',
      'Ignores it, and often the lines after it.',
      'Remove it with its `}`.',
    ),
    'missing-close': entry(
      'A block is not closed before the next one.',
      'Takes the following blocks as part of this one, and ignores them.',
      'Write the missing `}`.',
    ),
    'unclosed-block': entry(
      'A block is not closed before the text ends.',
      'Says how many are missing, and uses what it has read.',
      'Write the missing `}`.',
    ),
    'extra-close': entry(
      'A `}` closes nothing.',
      'Takes it as the end of the file’s block.',
      'Remove it, or look for a `{` that is missing before.',
    ),
    'extra-words': entry(
      'There are words where a name or `{` has to end the line.',
      'Skips the block, or ignores the words.',
      'Remove them, or quote a name with blanks.',
    ),
    'unknown-keyword': entry(
      'The keyword is not known in this block.',
      'Reports it, ignores the line, and may read the lines of its block as if they stood outside.',
      'Correct the spelling, or move the line to the block where it belongs.',
    ),
    'missing-argument': entry(
      'A keyword stands without the value it needs.',
      'Ends reading in the middle of the file (exit status 2), or skips the line.',
      'Write the value.',
    ),
    'deprecated-keyword': entry('The keyword is out of date.', 'Still takes it, with a warning.', 'Write what the message names.'),
    'lvs-not-run': entry(
      'The block belongs to LVS, which havip does not run.',
      'Runs it.',
      'Leave IPVS to keepalived (`-C`), or remove the block.',
    ),
  },
}
