/** The certificate and the key with which a server speaks TLS, as PEM. */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

/** Where the server has its certificate from. */
export interface ServerCertificate {
  /** The one to show now. */
  readonly pair: CertificateAndKey;
  /** Whether browsers may remember that this host speaks TLS: its certificate is one that they trust, and stays so. */
  readonly isLasting: boolean;
  /** Calls back with every pair that takes the place of the one before. */
  onRenewed(renewed: (pair: CertificateAndKey) => void): void;
}
