/** The listener. Made by `createHttpServer`; it does not listen before `listen()`. */
export interface HttpServer {
  listen(): Promise<void>;
  /** The port in use: another than configured if that was 0. */
  port(): number;
  /** Swaps the certificate for new connections (SIGHUP). */
  reloadCertificate(tls: { readonly cert: Uint8Array; readonly key: Uint8Array }): void;
  /** Stops accepting, ends waiting long-polls, lets running requests finish (bounded), resolves when all sockets are closed. */
  close(): Promise<void>;
}
