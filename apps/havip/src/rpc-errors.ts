// How a call of the API ends when it does not succeed; apart from the client, which is loaded only when something is called.

/** The API answered and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number
  readonly requestId: string
  constructor(code: string, status: number, message: string, requestId: string) {
    super(message)
    this.code = code
    this.status = status
    this.requestId = requestId
  }
}

/** Nobody answered, or not in the API's language. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'
}
