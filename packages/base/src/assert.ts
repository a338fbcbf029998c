// For our own mistakes only: input that can be wrong is answered with a Result.

/** A broken promise of our own code; whoever runs the unit stops that unit and leaves the others running. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Marks a branch that the types say cannot be reached; a new member of a union breaks the build here. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`)
}
