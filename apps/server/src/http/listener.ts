import { createServer as createPlainServer, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { Timers } from "#kernel";
import type { Bounds, Certificate, HttpConfig } from "./http-deps.ts";
import type { WaitingRequests } from "./waiting-requests.ts";

interface Listener {
  readonly server: Server | TlsServer;
  readonly reloadCertificate: (fresh: Certificate) => void;
}

export function createListener(certificate: Certificate | undefined, bounds: Bounds): Listener {
  const options = {
    headersTimeout: bounds.headersTimeout,
    // See arriving-body.ts.
    requestTimeout: 0,
    keepAliveTimeout: bounds.keepAliveTimeout,
    connectionsCheckingInterval: bounds.checkInterval,
    maxHeaderSize: 16_384,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
  };
  if (certificate === undefined) {
    const server = createPlainServer(options);
    server.maxConnections = bounds.connections;
    return { server, reloadCertificate: () => {} };
  }
  const server = createTlsServer({ ...options, ...secureOptions(certificate), handshakeTimeout: bounds.headersTimeout });
  server.maxConnections = bounds.connections;
  return { server, reloadCertificate: (fresh) => server.setSecureContext(secureOptions(fresh)) };
}

// Stated at every reload too: `setSecureContext` forgets what it is not told.
const secureOptions = ({ cert, key }: Certificate) => ({ cert: Buffer.from(cert), key: Buffer.from(key), minVersion: "TLSv1.3" as const });

export function listen(server: Server | TlsServer, config: HttpConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: config.host, port: config.port, backlog: 1024 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

export function close(server: Server | TlsServer, waiting: WaitingRequests, drain: number, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    const last = timers.after(drain, () => server.closeAllConnections());
    server.close(() => {
      last.cancel();
      resolve();
    });
    waiting.stopAll();
    server.closeIdleConnections();
  });
}
