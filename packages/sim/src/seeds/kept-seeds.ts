// The list of worlds that once showed a bug (tests/seeds): a line is a seed, the edition of what seeds draw in which it did, and the bug.
export type KeptSeed = { readonly seed: number; readonly edition: number; readonly bug: string }

export function keptSeeds(text: string): readonly KeptSeed[] {
  return text.split('\n').flatMap((line) => {
    const [, seed, edition, bug] = /^(\d+) (\d+) (.+)$/.exec(line) ?? []
    return bug === undefined ? [] : [{ seed: Number(seed), edition: Number(edition), bug }]
  })
}
