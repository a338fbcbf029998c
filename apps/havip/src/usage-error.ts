/** The command was given something it cannot take; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
