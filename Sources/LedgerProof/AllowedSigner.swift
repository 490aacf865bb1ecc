/// One line of an OpenSSH `allowed_signers` file, so that anyone can check an approval with `ssh-keygen -Y
/// verify`.
///
/// ```
/// person:alice namespaces="release-approval@ledger",valid-after="…Z",valid-before="…Z" ssh-ed25519 AAAA…
/// ```
///
/// A key is good for `from` ≤ t < `until`, to the microsecond. OpenSSH knows whole seconds and counts both
/// ends in, so `valid-before` is the last second in which the key is good. Hence `ssh-keygen` refuses no
/// signature that is good here; what it takes beyond that lies in the same second as an end.
public struct AllowedSigner: Hashable, Sendable {
    /// An actor's text has no character that means something in a pattern list.
    public let principal: Actor
    public let key: SSHPublicKey
    public let from: Timestamp?
    public let until: Timestamp?

    /// - Parameter until: nil where the end is open; likewise `from`.
    public init(principal: Actor, key: SSHPublicKey, from: Timestamp?, until: Timestamp?) {
        self.principal = principal
        self.key = key
        self.from = from
        self.until = until
    }

    /// Without a line end.
    public var line: String {
        var options = ["namespaces=\"\(SSHSignature.approvalNamespace)\""]
        if let from { options.append("valid-after=\"\(from.openSSHTime)\"") }
        if let until {
            options.append("valid-before=\"\(until.adding(microseconds: -1).openSSHTime)\"")
        }
        return "\(principal) \(options.joined(separator: ",")) \(key.line)"
    }
}
