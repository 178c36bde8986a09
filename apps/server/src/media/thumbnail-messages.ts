/** What the server asks the process that decodes pictures. One at a time. */
export interface DecodeRequest {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly crop: boolean;
  readonly animated: boolean;
}

export type DecodeAnswer =
  | { readonly kind: "made"; readonly type: string; readonly bytes: Uint8Array }
  | { readonly kind: "original" | "refused" | "too-large" };
