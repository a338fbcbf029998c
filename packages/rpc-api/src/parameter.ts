// The kinds of parameters an action can have. Each reads what clients send as text and says what it is, for the reference.
import { fail, ok, type Result } from '@havip/base'
import type { Tags } from '@havip/vpc'
import { z } from 'zod'
import { missing, type RequestFault, refuse } from './fault.ts'
import { elementsOf, type Tree } from './tree.ts'

export type ParameterKind =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'json-list'
  | 'comma-list'
  | 'json-map'
  | 'list'
  | 'object'
  | 'tags'

export type Parameter<T> = {
  readonly kind: ParameterKind
  readonly doc: string
  readonly isRequired: boolean
  readonly schema: z.ZodType<T>
  /** Allowed values, bounds: for the reference. */
  readonly values?: readonly string[]
  readonly min?: number
  readonly max?: number
  /** What a list's elements or an object's members are. */
  readonly members?: Shape
  /** Absent: it does what it says. */
  readonly standing?: Standing
}
/** Refused, unless it means “without it”; accepted, and nothing comes of it. */
export type Standing = 'unserved' | 'inert'
// biome-ignore lint/suspicious/noExplicitAny: a shape holds parameters of any type; its own type is kept by inference.
export type Shape = Readonly<Record<string, Parameter<any>>>
export type Input<S extends Shape> = { readonly [K in keyof S]: S[K] extends Parameter<infer T> ? T : never }
type Optional<T> = Parameter<T | undefined>

const optional = <T>(kind: ParameterKind, doc: string, schema: z.ZodType<T>, rest: Partial<Parameter<T>> = {}): Optional<T> => ({
  kind,
  doc,
  isRequired: false,
  schema,
  ...rest,
})

export const required = <T>(parameter: Optional<T>): Parameter<T> => ({ ...parameter, isRequired: true }) as Parameter<T>

/** @param max characters; the rules of names and descriptions are the service's. */
export const text = (doc: string, max = 4096): Optional<string> => optional('string', doc, z.string().max(max), { max })

export const choice = <const V extends string>(doc: string, values: readonly V[]): Optional<V> =>
  optional('string', doc, z.enum(values as readonly [V, ...V[]]) as unknown as z.ZodType<V>, { values })

/** Something the API has and we have not: only what means “without it” is accepted, in any case; anything else is refused aloud. */
export const unserved = (reason: string, accepted: readonly string[] = []): Optional<string> =>
  optional(
    'string',
    `Not served: ${reason}.${accepted.length > 0 ? ` Accepted: ${accepted.join(', ')}.` : ''}`,
    z.string().refine((value) => accepted.some((one) => one.toLowerCase() === value.toLowerCase()), { params: { unserved: reason } }),
    { standing: 'unserved' },
  )

/** Something the API has that makes no difference here, whatever it says: accepted, and the reference says why. */
export const inert = (reason: string): Optional<string> =>
  optional('string', `No effect: ${reason}.`, z.string().max(4096), { standing: 'inert' })

/** The same for lists and objects. */
export const inertTree = (reason: string): Optional<unknown> =>
  optional<unknown>('object', `No effect: ${reason}.`, z.unknown(), { standing: 'inert' })

/** What `unserved` is for values, for lists and objects, which say something by being there. */
export const unservedTree = (reason: string): Optional<never> =>
  optional(
    'object',
    `Not served: ${reason}.`,
    z.custom<never>(() => false, { params: { unserved: reason } }),
    { standing: 'unserved' },
  )

/** A whole number as decimal text, both bounds included. */
export const integer = (doc: string, min: number, max: number): Optional<number> =>
  optional('integer', doc, wholeNumber.pipe(z.number().min(min).max(max)) as unknown as z.ZodType<number>, { min, max })

/** As `integer`, but a number out of range counts as the nearest bound. */
export const clamped = (doc: string, min: number, max: number): Optional<number> =>
  optional('integer', doc, wholeNumber.transform((value) => Math.min(Math.max(value, min), max)) as unknown as z.ZodType<number>, {
    min,
    max,
  })

const wholeNumber = z
  .string()
  .regex(/^[+-]?\d{1,15}$/, 'a whole number is expected')
  .transform(Number)

/** A number as decimal text, with a fraction or without, both bounds included. */
export const decimal = (doc: string, min: number, max: number): Optional<number> =>
  optional('number', doc, decimalNumber.pipe(z.number().min(min).max(max)) as unknown as z.ZodType<number>, { min, max })

const decimalNumber = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'a number is expected')
  .transform(Number)

/** `true` and `false` in any case. */
export const flag = (doc: string): Optional<boolean> =>
  optional(
    'boolean',
    doc,
    z
      .string()
      .regex(/^(true|false)$/i, 'true or false is expected')
      .transform((value) => value.toLowerCase() === 'true') as unknown as z.ZodType<boolean>,
  )

/** One parameter that holds a JSON array of texts. */
export const jsonList = (doc: string, max = 100): Optional<readonly string[]> =>
  optional(
    'json-list',
    doc,
    z
      .string()
      .transform(readJson)
      .pipe(z.array(z.string().max(256)).max(max)) as unknown as z.ZodType<readonly string[]>,
    { max },
  )

/** One parameter that holds a JSON object of texts; numbers and truth values in it become text. */
export const jsonMap = (doc: string): Optional<Readonly<Record<string, string>>> =>
  optional(
    'json-map',
    doc,
    z
      .string()
      .transform(readJson)
      .pipe(z.record(z.string().max(256), z.union([z.string(), z.number(), z.boolean()]).transform(String))) as unknown as z.ZodType<
      Readonly<Record<string, string>>
    >,
  )

/** One parameter with values between commas. */
export const commaList = (doc: string, max: number): Optional<readonly string[]> =>
  optional(
    'comma-list',
    doc,
    z
      .string()
      .transform((value) =>
        value
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      )
      .pipe(z.array(z.string()).max(max)) as unknown as z.ZodType<readonly string[]>,
    { max },
  )

/** `Name.1`, `Name.2`, … */
export const texts = (doc: string, max: number): Optional<readonly string[]> =>
  optional('list', doc, z.preprocess(toArray, z.array(z.string().max(4096)).max(max)) as unknown as z.ZodType<readonly string[]>, { max })

/** `Name.1.Member`, … */
export const objects = <S extends Shape>(doc: string, max: number, members: S): Optional<readonly Input<S>[]> =>
  optional(
    'list',
    doc,
    z.preprocess(toArray, z.array(objectSchema(members)).max(max)) as unknown as z.ZodType<readonly Input<S>[]>,
    {
      max,
      members,
    } as Partial<Parameter<readonly Input<S>[]>>,
  )

/** `Name.Member`, … */
export const members = <S extends Shape>(doc: string, shape: S): Optional<Input<S>> =>
  optional('object', doc, objectSchema(shape) as z.ZodType<Input<S>>, { members: shape })

/** `Tag.N.Key` and `Tag.N.Value`; the value may be empty, a key given twice is a fault. */
export const tags = (doc = 'Tags of the resource.', max = 20): Optional<Tags> =>
  optional(
    'tags',
    doc,
    z
      .preprocess(toArray, z.array(z.preprocess(toObject, z.object({ Key: z.string(), Value: z.string().default('') }))).max(max))
      .refine((list) => new Set(list.map((tag) => tag.Key)).size === list.length, 'a key is given twice')
      .transform((list) => Object.fromEntries(list.map((tag) => [tag.Key, tag.Value]))) as unknown as z.ZodType<Tags>,
    { max },
  )

function toArray(tree: unknown): unknown {
  return elementsOf(tree as Tree) ?? tree
}
function toObject(tree: unknown): unknown {
  return tree instanceof Map ? Object.fromEntries(tree) : tree
}
function objectSchema(members: Shape): z.ZodType {
  const entries = Object.entries(members).map(([name, member]) => [name, member.isRequired ? member.schema : member.schema.optional()])
  return z.preprocess(toObject, z.object(Object.fromEntries(entries)))
}

function readJson(value: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(value)
  } catch {
    context.addIssue({ code: 'custom', message: 'JSON is expected' })
    return z.NEVER
  }
}

/** Reads all parameters of an action; the first that is missing or wrong is the fault. Others are ignored, as the API does. */
export function readInput<S extends Shape>(shape: S, tree: ReadonlyMap<string, Tree>): Result<Input<S>, RequestFault> {
  const input: Record<string, unknown> = {}
  for (const [name, parameter] of Object.entries(shape)) {
    const given = tree.get(name)
    if (given === undefined) {
      if (parameter.isRequired) return fail(missing(parameter.kind === 'list' || parameter.kind === 'tags' ? `${name}.N` : name))
      continue
    }
    const read = parameter.schema.safeParse(given)
    if (!read.success) return invalid(name, read.error)
    input[name] = read.data
  }
  return ok(input as Input<S>)
}

function invalid(name: string, error: z.ZodError): Result<never, RequestFault> {
  const issue = error.issues[0]
  const path = (issue?.path ?? []).map((part) => (typeof part === 'number' ? part + 1 : String(part)))
  const place = [name, ...path].join('.')
  const reason = issue?.code === 'custom' ? (issue.params?.unserved as string | undefined) : undefined
  if (reason !== undefined) return refuse(400, 'UnsupportedParameter', `The parameter ${place} is not supported: ${reason}.`)
  if (issue?.code === 'invalid_type' && issue.message.endsWith('received undefined')) return fail(missing(place))
  return refuse(400, 'InvalidParameter', `The parameter ${place} is not valid: ${issue?.message ?? 'not understood'}.`)
}
