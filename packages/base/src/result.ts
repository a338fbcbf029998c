// An expected outcome, as a value: every function that can be refused returns one of these.

export type Ok<T> = { readonly ok: true; readonly value: T }
export type Fail<E> = { readonly ok: false; readonly fault: E }
export type Result<T, E> = Ok<T> | Fail<E>

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })
export const fail = <E>(fault: E): Fail<E> => ({ ok: false, fault })
