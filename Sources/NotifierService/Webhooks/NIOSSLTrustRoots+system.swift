import NIOSSL

extension NIOSSLTrustRoots {
    /// The system's certificates, read once: the library reads its own `default` for each client, which takes 20 ms and
    /// a megabyte.
    static var system: NIOSSLTrustRoots {
        for file in ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"] {
            if let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty {
                return .certificates(certificates)
            }
        }
        return .default
    }
}
