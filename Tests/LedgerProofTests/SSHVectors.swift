import LedgerProof
import Testing

/// Keys and signatures made once with `ssh-keygen` (OpenSSH 9.2); the private halves were thrown away.
///
/// Base 64 is wrapped at 70 columns here; ``line`` and ``armored(_:)`` put it together.
struct SSHVector: Sendable, CustomTestStringConvertible {
    let algorithm: SSHPublicKey.Algorithm
    let fingerprint: String
    let keyText: String
    let sha256Text: String
    let sha512Text: String

    /// All were made over this, in this namespace.
    static let message = [UInt8](#"{"decision":"approve","release":"autocli/v0.1.0"}"#.utf8)
    static let namespace = "release-approval@ledger"

    var line: String { Self.line(algorithm.rawValue, keyText) }
    var testDescription: String { algorithm.rawValue }

    func armored(_ hash: SSHSignature.HashAlgorithm) -> [UInt8] {
        Self.armored(hash == .sha256 ? sha256Text : sha512Text)
    }

    static func line(_ type: String, _ text: String) -> String { "\(type) \(text.filter { $0 != "\n" })" }

    static func armored(_ text: String) -> [UInt8] {
        [UInt8]("-----BEGIN SSH SIGNATURE-----\n\(text)\n-----END SSH SIGNATURE-----\n".utf8)
    }

    static let all = [ed25519, ecdsaP256, ecdsaP384, ecdsaP521, rsa]

    static let ed25519 = SSHVector(
        algorithm: .ed25519,
        fingerprint: "SHA256:L5VyrA6swmg/3OeNLet9lI3y8nMXdAtOOl52SWo+0aw",
        keyText: """
            AAAAC3NzaC1lZDI1NTE5AAAAIJAUT3pa+Fer/r8ghs+wO/ZFLPnKjEIFsXIsUT5cb59G
            """,
        sha256Text: """
            U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgkBRPelr4V6v+vyCGz7A79kUs+c
            qMQgWxcixRPlxvn0YAAAAXcmVsZWFzZS1hcHByb3ZhbEBsZWRnZXIAAAAAAAAABnNoYTI1
            NgAAAFMAAAALc3NoLWVkMjU1MTkAAABAlKIqotfXqwZGZiHTX53HAjxq0mIwQn62nxsEQR
            DE6S9g79BZEi5w6mjg3IkL2sjXCmde40eWGFDJYxjXTy0lDA==
            """,
        sha512Text: """
            U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgkBRPelr4V6v+vyCGz7A79kUs+c
            qMQgWxcixRPlxvn0YAAAAXcmVsZWFzZS1hcHByb3ZhbEBsZWRnZXIAAAAAAAAABnNoYTUx
            MgAAAFMAAAALc3NoLWVkMjU1MTkAAABAGbiWXGcw09gcno88QnrSzltITRr6uQ51cAREsl
            6PzmOjBE5hwhLxS3iTgUSu3JEb+ytoKoUzwWYsnn3+dSy/Bw==
            """)

    /// The SHA-512 one has an `r` or `s` with a leading zero: its mpint is shorter than the field.
    static let ecdsaP256 = SSHVector(
        algorithm: .ecdsaP256,
        fingerprint: "SHA256:qnzbdBoZoCKmbDjAZJ05zVynq6aiq7Aa8zE/DH1f7vg",
        keyText: """
            AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMFSgKvcqDEXAHt6um
            R/YMjoOXfth4YiqIt+91SeYH5eDzolE5g1LTb6D3NtudaKbWtSdPPr63L5AOD5HZCBNhY=
            """,
        sha256Text: """
            U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
            EEwVKAq9yoMRcAe3q6ZH9gyOg5d+2HhiKoi373VJ5gfl4POiUTmDUtNvoPc2251opta1J0
            8+vrcvkA4PkdkIE2FgAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhMj
            U2AAAAZAAAABNlY2RzYS1zaGEyLW5pc3RwMjU2AAAASQAAACEAjxZMVXoJpsqiqHQkeSJ0
            LjeBU/3x57z/UlUE8jXNPkAAAAAgHFI/TxAHd2BJqdN0rPkSmRUpBhR4BFwV7O88JmAJ87
            Y=
            """,
        sha512Text: """
            U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
            EEwVKAq9yoMRcAe3q6ZH9gyOg5d+2HhiKoi373VJ5gfl4POiUTmDUtNvoPc2251opta1J0
            8+vrcvkA4PkdkIE2FgAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhNT
            EyAAAAYgAAABNlY2RzYS1zaGEyLW5pc3RwMjU2AAAARwAAAB8ykukEg7yugXKwpz+F51tB
            leE8yV4eA1QNDTb+u6GQAAAAID1vUR5auED4LVX6UuastkWpAvV+ADmdIT6UzFm4FXsx
            """)

    static let ecdsaP384 = SSHVector(
        algorithm: .ecdsaP384,
        fingerprint: "SHA256:Cwj/p79f9pfZhxGJpRd0qc1CmtbRZVqgHRCcHjiNE90",
        keyText: """
            AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBDzYHLJycQToLGqh6J
            YUF9AiwPJXGDomJlG0pMaiUoKguIWCfUGHAPKQUori1EGKJkHhlvKlg/ylVRYbpNlOBgpu
            xzTdf98cfp+zwwk01rIsLWek48czDCUsU8eTnUR2eg==
            """,
        sha256Text: """
            U1NIU0lHAAAAAQAAAIgAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAAhuaXN0cDM4NAAAAG
            EEPNgcsnJxBOgsaqHolhQX0CLA8lcYOiYmUbSkxqJSgqC4hYJ9QYcA8pBSiuLUQYomQeGW
            8qWD/KVVFhuk2U4GCm7HNN1/3xx+n7PDCTTWsiwtZ6TjxzMMJSxTx5OdRHZ6AAAAF3JlbG
            Vhc2UtYXBwcm92YWxAbGVkZ2VyAAAAAAAAAAZzaGEyNTYAAACDAAAAE2VjZHNhLXNoYTIt
            bmlzdHAzODQAAABoAAAAMBxoq4sPybHhrMkHdbD8OTE7N56SDsJ8IwQo3zDxtuckKgwVP/
            nqv8M9qNanpGgLQAAAADB18q41rH2Sy9ZB8MAHtUntZ92X4EIZ4EQpE+2HC+r6kl49Gw6I
            8ZvvXmI1TE//rzs=
            """,
        sha512Text: """
            U1NIU0lHAAAAAQAAAIgAAAATZWNkc2Etc2hhMi1uaXN0cDM4NAAAAAhuaXN0cDM4NAAAAG
            EEPNgcsnJxBOgsaqHolhQX0CLA8lcYOiYmUbSkxqJSgqC4hYJ9QYcA8pBSiuLUQYomQeGW
            8qWD/KVVFhuk2U4GCm7HNN1/3xx+n7PDCTTWsiwtZ6TjxzMMJSxTx5OdRHZ6AAAAF3JlbG
            Vhc2UtYXBwcm92YWxAbGVkZ2VyAAAAAAAAAAZzaGE1MTIAAACEAAAAE2VjZHNhLXNoYTIt
            bmlzdHAzODQAAABpAAAAMQCmdM6OwrrH4tiNReTcVU+VfoWKXQ7vlu0oHMvUXEWNlxENul
            1ddSZqnRDg37bMK5oAAAAwWHzMLR1EzZwBgrQQgqQP6a4lLlxQxMyhKiJRSaaZF7jUaxWA
            /EPSSaL7OSprz4ph
            """)

    static let ecdsaP521 = SSHVector(
        algorithm: .ecdsaP521,
        fingerprint: "SHA256:OyJKNj25OZ4jgeF2oXKSch3H2aZdGJBC3yRfMNLUo7U",
        keyText: """
            AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABwEbPCyYYgYolVDi
            HMQ+CmVEQPn73nTP4dW85FawelLsvavXBXkmZQFyjt9tNlphsP435+ALY7Rfje6MvbDZNP
            SQGooxSUY41gwi+XWHSl6aebLVcVLaJb0vBECikCDbt9cXdRYhegoTr68WF8CchNuRYqz6
            Vbe8kWsm0Cxudqa0PobQ==
            """,
        sha256Text: """
            U1NIU0lHAAAAAQAAAKwAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQAAAI
            UEAHARs8LJhiBiiVUOIcxD4KZURA+fvedM/h1bzkVrB6Uuy9q9cFeSZlAXKO3202WmGw/j
            fn4AtjtF+N7oy9sNk09JAaijFJRjjWDCL5dYdKXpp5stVxUtolvS8EQKKQINu31xd1FiF6
            ChOvrxYXwJyE25FirPpVt7yRaybQLG52prQ+htAAAAF3JlbGVhc2UtYXBwcm92YWxAbGVk
            Z2VyAAAAAAAAAAZzaGEyNTYAAACnAAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAACMAAAAQg
            Cpjs6sMUJrNk/2i5gPCPGcPFxahuG6Bhy7HHSfyfbcqi8SRBUkbrLIi2OerOzvxsysLrEf
            P0247+HGCz6uDxpawgAAAEIAooCuNlHEEa2T2IhGLeSMFWf52Bd5mp4BNAVETPo1pUeSNX
            6GwiMxEJ0eydoyKmQ3Tg/bRPfB20v1fs6GDjpw1rI=
            """,
        sha512Text: """
            U1NIU0lHAAAAAQAAAKwAAAATZWNkc2Etc2hhMi1uaXN0cDUyMQAAAAhuaXN0cDUyMQAAAI
            UEAHARs8LJhiBiiVUOIcxD4KZURA+fvedM/h1bzkVrB6Uuy9q9cFeSZlAXKO3202WmGw/j
            fn4AtjtF+N7oy9sNk09JAaijFJRjjWDCL5dYdKXpp5stVxUtolvS8EQKKQINu31xd1FiF6
            ChOvrxYXwJyE25FirPpVt7yRaybQLG52prQ+htAAAAF3JlbGVhc2UtYXBwcm92YWxAbGVk
            Z2VyAAAAAAAAAAZzaGE1MTIAAACnAAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAACMAAAAQg
            DqTwSR4qyePnpG9N4RSBHJFk2sytNQ+e3vTKkWKlbgiEMqSzWE1cz8sBqaMl05PJ0UrslO
            NQh5khaLPsEBbemx9wAAAEIBhdiQZGZKk023Iic6u0bIlvqN0Pyl4ouVLjmxZ0B9oAczlV
            f9cwwAbwRCo5ZmvsdI6X/pvk1I7wyiFA+mZJ5BEQ0=
            """)

    static let rsa = SSHVector(
        algorithm: .rsa,
        fingerprint: "SHA256:n2mWn9kn4qDYlWB7s4edn9nIpquiGlrOkkN/eo0qkJs",
        keyText: """
            AAAAB3NzaC1yc2EAAAADAQABAAABgQDiGHx72p/w5qu7zAAHNgW+DOXu5e8LeCYEVZyU5r
            TvUBTBtVHZt9DFoGi64eoacrkeCV/+YuFbpGRXJNPBQgBVkvlvG154i6cd3mOBAV6x4Tm/
            BxTiS60++925jztDFFm8RyH75zC/iW1A2TEWzvwfkj4KGg17sB/lqBgumOH0bz0veTJiw2
            lCiOJsHI82RZy6wXTwLPvNv0Ny6Xg8P8xA68sgmG4cqqAc6dSJm3cq9uGhWTt2cRYI7WkB
            DJ/TJga4vRPekgIKl2JGP2Sjh4Qq6jCeKpXM2EwhMoPOz0U2k1P/N0u9jXNVtEh13ofoye
            FdX2hkNRAIaJ6CfDi0cHbsaz/nVHO/MOvjgUrGe9gcJESgJIg4nJoryoi/Bm/3l+lOPssZ
            gjv4BOgYnWGFkfgTy7SIOElXL708DZvxSL1ur3O5VKbnyKyFNnXQr8fED5M6XTZ5qpCkO4
            s08BHi8E7VAEXr7Id0HvmXX7PHz4ciR+DFbSYJXzndIarrgrMK6pE=
            """,
        sha256Text: """
            U1NIU0lHAAAAAQAAAZcAAAAHc3NoLXJzYQAAAAMBAAEAAAGBAOIYfHvan/Dmq7vMAAc2Bb
            4M5e7l7wt4JgRVnJTmtO9QFMG1Udm30MWgaLrh6hpyuR4JX/5i4VukZFck08FCAFWS+W8b
            XniLpx3eY4EBXrHhOb8HFOJLrT773bmPO0MUWbxHIfvnML+JbUDZMRbO/B+SPgoaDXuwH+
            WoGC6Y4fRvPS95MmLDaUKI4mwcjzZFnLrBdPAs+82/Q3LpeDw/zEDryyCYbhyqoBzp1Imb
            dyr24aFZO3ZxFgjtaQEMn9MmBri9E96SAgqXYkY/ZKOHhCrqMJ4qlczYTCEyg87PRTaTU/
            83S72Nc1W0SHXeh+jJ4V1faGQ1EAhonoJ8OLRwduxrP+dUc78w6+OBSsZ72BwkRKAkiDic
            mivKiL8Gb/eX6U4+yxmCO/gE6BidYYWR+BPLtIg4SVcvvTwNm/FIvW6vc7lUpufIrIU2dd
            Cvx8QPkzpdNnmqkKQ7izTwEeLwTtUARevsh3Qe+Zdfs8fPhyJH4MVtJglfOd0hquuCswrq
            kQAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhMjU2AAABlAAAAAxyc2
            Etc2hhMi01MTIAAAGApAuNkW+26gNZHcs1mqoo8/ebzmy+sb3BdDH2s1GZutf4E6GbY4iD
            euVBeEqKMIVh6yxF4Ayz3uD0UkP1Zoqic5N+qgziXCub0b2++djaPFJt05WdejVa6ianFZ
            lY9bcBDM/Mq3m8HgS4Iauxb82rW+oL/yeh6JGak0aKvgSAriKbC31e7Shyfoy4JBsbzrmA
            TDx5dQIVCwGzxs3ju0iJks3wziVIDTLsFfBP2mk50OG6lqttW2563CU7zGFsp+9Yxsx7Y+
            TbZfmG5SgM5iSiMKmmHevitYCeyUWXq7THk0lt/VpadLWj8a8eVa7gsCNbcBU9FnXjgRmh
            U+GXk0S45LUmQJsGbWSfAJRJocL7reY2haiAZ0vf7LcnQvC6ra7Sa2EGui9C/O/Eprc5/A
            CTFR3NPZQ/F2MfWJuiE5MFKZP9q9DCY6cbFCKZgSksZ8RbDLKyJd6uHFuFg1oBboJ1m+lG
            jcca5Bf+KxXDqyX3Ip6sNsLAxl/I/YnHOyzVDiwI
            """,
        sha512Text: """
            U1NIU0lHAAAAAQAAAZcAAAAHc3NoLXJzYQAAAAMBAAEAAAGBAOIYfHvan/Dmq7vMAAc2Bb
            4M5e7l7wt4JgRVnJTmtO9QFMG1Udm30MWgaLrh6hpyuR4JX/5i4VukZFck08FCAFWS+W8b
            XniLpx3eY4EBXrHhOb8HFOJLrT773bmPO0MUWbxHIfvnML+JbUDZMRbO/B+SPgoaDXuwH+
            WoGC6Y4fRvPS95MmLDaUKI4mwcjzZFnLrBdPAs+82/Q3LpeDw/zEDryyCYbhyqoBzp1Imb
            dyr24aFZO3ZxFgjtaQEMn9MmBri9E96SAgqXYkY/ZKOHhCrqMJ4qlczYTCEyg87PRTaTU/
            83S72Nc1W0SHXeh+jJ4V1faGQ1EAhonoJ8OLRwduxrP+dUc78w6+OBSsZ72BwkRKAkiDic
            mivKiL8Gb/eX6U4+yxmCO/gE6BidYYWR+BPLtIg4SVcvvTwNm/FIvW6vc7lUpufIrIU2dd
            Cvx8QPkzpdNnmqkKQ7izTwEeLwTtUARevsh3Qe+Zdfs8fPhyJH4MVtJglfOd0hquuCswrq
            kQAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhNTEyAAABlAAAAAxyc2
            Etc2hhMi01MTIAAAGAvPmN+9beUX7kTHLyL8ylLVfNJhgg74q0aWtlLlE+HWaHrIk2zftV
            AiG6kLaxkd0wavHZ1FpxH2oFy6DCr26fCiFuTg3/7Qm0/lSbFSqIdDkJQOy0kNz2p7rq3e
            D/Yj5aUGSCiy00QqO6I9WtE8nO5D8DFOM71X1c0nEIB8tybNuAx7T1Q4fv9QVe/F+zdzb6
            sP9mjGmc5gnq6mF0JLuh2FZegozPynbMPYrLGlEOnQnOAngbNYNn2Kh+RVRr+hB9S0aCWx
            vHhhO7lQlbsRykdt3bAzcNqGm9UwQIRCi2F1AjS6aL26HtEvQxzwaCjOb2X+l2t6HryB3x
            10eehuTvScgXNuE/8weMOeJD0hVp7LZ3ctzIcjSsJ3WaHG9B+WdR9HAoFacsaLDsAcZeZ8
            BMzN4s8DPpDX4XvzzQFkoqYsCNsbqG/oP/T//apAR6pL8bdsE+rc9Z8/pUMcVdSST4cfMR
            9qVuf3C7Hh0dsLufv62WECBXBFs5hB0xCeNs8tSn
            """)

    /// By ``rsa``, as an agent may make one: `rsa-sha2-256`, where `ssh-keygen` itself takes `rsa-sha2-512`.
    static let rsaSHA256 = armored(
        """
        U1NIU0lHAAAAAQAAAZcAAAAHc3NoLXJzYQAAAAMBAAEAAAGBAOIYfHvan/Dmq7vMAAc2Bb
        4M5e7l7wt4JgRVnJTmtO9QFMG1Udm30MWgaLrh6hpyuR4JX/5i4VukZFck08FCAFWS+W8b
        XniLpx3eY4EBXrHhOb8HFOJLrT773bmPO0MUWbxHIfvnML+JbUDZMRbO/B+SPgoaDXuwH+
        WoGC6Y4fRvPS95MmLDaUKI4mwcjzZFnLrBdPAs+82/Q3LpeDw/zEDryyCYbhyqoBzp1Imb
        dyr24aFZO3ZxFgjtaQEMn9MmBri9E96SAgqXYkY/ZKOHhCrqMJ4qlczYTCEyg87PRTaTU/
        83S72Nc1W0SHXeh+jJ4V1faGQ1EAhonoJ8OLRwduxrP+dUc78w6+OBSsZ72BwkRKAkiDic
        mivKiL8Gb/eX6U4+yxmCO/gE6BidYYWR+BPLtIg4SVcvvTwNm/FIvW6vc7lUpufIrIU2dd
        Cvx8QPkzpdNnmqkKQ7izTwEeLwTtUARevsh3Qe+Zdfs8fPhyJH4MVtJglfOd0hquuCswrq
        kQAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhNTEyAAABlAAAAAxyc2
        Etc2hhMi0yNTYAAAGAQ54JrvxpaXyLRe29r+vgs+JzJbRjE+nG57bb3xiyLnsoVliI9FJC
        /2Mjd0it7D70iVLdyyi6nGE7rdXb6NN39i787jIFrXNNXE7pU7VTY1/7SQTDgr0zJqYUPa
        aNQPuyAc2fRvS0I/DC3iEKM8ZbQWtsohQ7U2rB+MDFdTN1Z75Rc74oH3tVdz56XQDfpxSS
        d2Em0650QDDb9oy2i/39+pSNacf7BPK5nUVvuXutkzipZRkVyywRNaU2h/neQhur8lH6AI
        YTE9NZK65dMcHoQDSzDq5oC+6X2aJaT5gZoigUBwXeOa56KLcE8+5IRwNZl6ENxHyGr1Qt
        a/ZUT4Mfd9Q0tKc5Cq8JoHDom+GWkIAZfQWJr5VpUvYgKlYLNSbni/END0OfuVMx+0btvA
        EqRqLkjDOxaUUqC2Ns4AEzXNQJTO7KBd3EJN3wWAUPEEjEqHJz1w9SK8UJXEgAtK+OKBuY
        CqAVWhITTjxUFM2TyavZ0YJ3MgY7yuuW7AYM1m9f
        """)

    /// By ``rsa`` over "message 273": the number begins with a zero byte, and that byte was left out.
    static let shortRSA = armored(
        """
        U1NIU0lHAAAAAQAAAZcAAAAHc3NoLXJzYQAAAAMBAAEAAAGBAOIYfHvan/Dmq7vMAAc2Bb
        4M5e7l7wt4JgRVnJTmtO9QFMG1Udm30MWgaLrh6hpyuR4JX/5i4VukZFck08FCAFWS+W8b
        XniLpx3eY4EBXrHhOb8HFOJLrT773bmPO0MUWbxHIfvnML+JbUDZMRbO/B+SPgoaDXuwH+
        WoGC6Y4fRvPS95MmLDaUKI4mwcjzZFnLrBdPAs+82/Q3LpeDw/zEDryyCYbhyqoBzp1Imb
        dyr24aFZO3ZxFgjtaQEMn9MmBri9E96SAgqXYkY/ZKOHhCrqMJ4qlczYTCEyg87PRTaTU/
        83S72Nc1W0SHXeh+jJ4V1faGQ1EAhonoJ8OLRwduxrP+dUc78w6+OBSsZ72BwkRKAkiDic
        mivKiL8Gb/eX6U4+yxmCO/gE6BidYYWR+BPLtIg4SVcvvTwNm/FIvW6vc7lUpufIrIU2dd
        Cvx8QPkzpdNnmqkKQ7izTwEeLwTtUARevsh3Qe+Zdfs8fPhyJH4MVtJglfOd0hquuCswrq
        kQAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhMjU2AAABkwAAAAxyc2
        Etc2hhMi01MTIAAAF/R4fGZnWx3suVo1sXX/xzd6pvLEVWRyadKqhT/UOKM5MuZaN6gUX0
        IWkhM9tW45o/G1r44LPocvmlMNcxUUlKutPnoqK/0SEfVP3a3fExDmhLY/g3H3R+heiEfQ
        S2Slh4ErSn9p0cPukPUPEyZNCIkZESjPY3IQch996F+8E0UVtWU2fSgL7aDAc125VvsebA
        aQQxAalAvQNbbYzDXINFj/BzH14IPgNCbMQnj7+hLKeO2o0cjHusFf0ob88WJ7d/AHBsj4
        B1wJFq3ZaT/CO1uH+BigW3R6lJYbrfTm2jlr0z2X3IiYGXoUXuZsiRNPX5rFwzdXtyD589
        Qba4uiO0MJ113cQP0JvmGm58kHcgz2r4hJEH9uvD184UO45JT3LAL66aVylxVkHhOq7M8B
        HMJcp2VTs9Cy5GbEtnqcm3WGaNA73cHhzNU3AXIxsdhNuGXoIGiXl4Wgip41H8ue+6DQ9h
        4cG8oC/x7pfc/TLZsVrU89nbRkQKMVKk4y9l+1U=
        """)

    static let shortRSAMessage = [UInt8]("message 273".utf8)
}
