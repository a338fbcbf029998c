// Memory that the C library keeps although nobody uses it.
import { bindPrototypes } from './library.ts'

/** Gives free pages of the allocator back to the system: what a start or a reload needed once. No pause to speak of below 10 MB. */
export function releaseFreeMemory(): void {
  try {
    bindPrototypes({ malloc_trim: 'int malloc_trim(size_t pad)' }).malloc_trim(0)
  } catch {
    // Only glibc has it; others keep less.
  }
}
