/** More came than a session may bring. */
export class TooMuch extends Error {
  constructor(maxBytes: number) {
    super(`more than ${maxBytes} bytes came`)
    this.name = 'TooMuch'
  }
}
