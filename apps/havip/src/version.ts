// What `havip --version` says, and what reports carry.
export const version = '0.1.0'
