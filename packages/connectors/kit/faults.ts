import type { ErrorCode } from '@permission-slip/protocol/errors.ts'

/** It certainly was not sent: refused before connecting, no such host, connection refused, TLS failed. */
export class NotSent extends Error {
  readonly code: ErrorCode
  constructor(message: string, code: ErrorCode = 'not_sent', options?: ErrorOptions) {
    super(message, options)
    this.name = 'NotSent'
    this.code = code
  }
}

/** It may have been sent, and no whole answer came. */
export class Unanswered extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Unanswered'
  }
}

/** The service answered that it did not do it. */
export class ServiceFault extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  constructor(code: ErrorCode, message: string, retryable = false) {
    super(message)
    this.name = 'ServiceFault'
    this.code = code
    this.retryable = retryable
  }
}

/** The service did it, but its answer can't be used (unreadable, too large): succeeded, without a result. */
export class BadAnswer extends Error {
  readonly code: ErrorCode
  constructor(message: string, code: ErrorCode = 'bad_answer') {
    super(message)
    this.name = 'BadAnswer'
    this.code = code
  }
}

/** A field of a connection's form is wrong. */
export class FieldFault extends Error {
  readonly field: string
  readonly expected: string
  constructor(field: string, expected: string) {
    super(`${field}: expected ${expected}`)
    this.name = 'FieldFault'
    this.field = field
    this.expected = expected
  }
}
