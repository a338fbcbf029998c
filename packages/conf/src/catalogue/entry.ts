// What is said about a diagnostic code beyond its message: a paragraph of the reference, a rule of a SARIF log, a hover text.

export type CatalogueEntry = {
  /** What it means, in a sentence. */
  readonly meaning: string
  /** What keepalived does there; empty where it knows no such check. */
  readonly keepalived: string
  /** How to mend it. */
  readonly mend: string
}

export type CatalogueSection = {
  readonly name: string
  readonly title: string
  readonly entries: Readonly<Record<string, CatalogueEntry>>
}

export const entry = (meaning: string, keepalived: string, mend: string): CatalogueEntry => ({ meaning, keepalived, mend })
