/** JSON text that is already serialised, so that stored event bytes are joined instead of parsed and printed again. */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
