/// Keys and signatures that `ssh-keygen` makes and we refuse; private halves thrown away.
enum RefusedSSHVector {
    /// A modulus of 2048 bits.
    static let rsa2048Key = SSHVector.line(
        "ssh-rsa",
        """
        AAAAB3NzaC1yc2EAAAADAQABAAABAQDq4DCC3sgcyidFzp6qD+nynIFYi9BgtJmEfDaqqG
        eHwkYrFVpjn36zQuRqFvexiE8vD1RukiQEdApQpd4a70ti20D5fBuZA83HSsRS1Vu5idiH
        /Jkq/3c+LYEYmaZOskD08VLBactcWyZoV/IChVmH0bCNuV35dfEsfbdV4ZfA3GJb4QLQJc
        zeZQRdKPwpPL3HT7I6QVxo33yT4xNN7eDikXIv+picl/SBsfS48seiRHEAuRPE97ffTcMx
        MQr6IGjbDG5a9sudmkd/g8wBFZFlxcYlGxbOCd5uG4dSbk6vurmgTz7gHMwq2TAP4lPR5/
        6uHDY/bWGHpZW53AT8MzKv
        """)

    static let rsa2048Signature = SSHVector.armored(
        """
        U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBAOrgMILeyBzKJ0XOnqoP6f
        KcgViL0GC0mYR8NqqoZ4fCRisVWmOffrNC5GoW97GITy8PVG6SJAR0ClCl3hrvS2LbQPl8
        G5kDzcdKxFLVW7mJ2If8mSr/dz4tgRiZpk6yQPTxUsFpy1xbJmhX8gKFWYfRsI25Xfl18S
        x9t1Xhl8DcYlvhAtAlzN5lBF0o/Ck8vcdPsjpBXGjffJPjE03t4OKRci/6mJyX9IGx9Ljy
        x6JEcQC5E8T3t99NwzExCvogaNsMblr2y52aR3+DzAEVkWXFxiUbFs4J3m4bh1JuTq+6ua
        BPPuAczCrZMA/iU9Hn/q4cNj9tYYellbncBPwzMq8AAAAXcmVsZWFzZS1hcHByb3ZhbEBs
        ZWRnZXIAAAAAAAAABnNoYTUxMgAAARQAAAAMcnNhLXNoYTItNTEyAAABABIqRWox1STKh1
        FxKMimF7O2G0ulgQ9G3kOnSHFKS7SZFIv4W9Xe/rxDUpR+CgZiQNsNTqP5Qdmijg4NX9OQ
        dEjmm42b+kbvdOYlGy5hgvNFNWFprHbMjHCbTpFx+vJEh6vI9feqPgM4PeE7mvidzit1TU
        tZXIQ4Ij6wQAdVH7QpGaE4pt99xvGtCK9N1V/ogSLXaYOKYQsX1gCfDcFweLXpBb+cBbv+
        qfawHo6tA3QoqR9xSB5gTi/ARTYRlCTWKQRyE3yYQKfK8QwL9okxHcq+Pp6yFU4fkKexCF
        WWbCGkHoDl2Xz32e81e5Tc5Kq4kHW4W4Al69auCaZABHkO8T8=
        """)

    /// DSA.
    static let dsaKey = SSHVector.line(
        "ssh-dss",
        """
        AAAAB3NzaC1kc3MAAACBAMZJeiqZenr/n4BI+9dJcrKQv3/FJVWMaCeFVOVctexSlc9x1K
        3f5kzVozoiBVFT3kqmeKWkNcKLUuiqOyZ7tA1CSuDf+xN7c9bZY2CO9KHHGorHI3oF4g8x
        EjlVeD0ixdBLju79LEIx4eUfrRtAgvS44XhL7ZZH9/Hc12AT2+cJAAAAFQDQIHd1Zfj6s8
        cjSo0y7nkNs2PL3QAAAIAi6hUdXGCztxrmmmRXhmBHawG5Suxst6P+DOlAhUbPya2sQv1C
        k3HuZQmDDpaPRdTNjr7EsuJQC/mcMwkHFxSUApdUQ5yKb+YrbCh4TnZxoaHwlPEfsxjohk
        i0dvxyTZSu5myZxm8lcgmR2D4nDooO/bzRI5KieYbpcE6bJ61zeAAAAIEAq5DWanuHYsDI
        l5YXr2LwYB/ec7xOEai9+FHR7lD4fAzKpXlFDn0lgCEtHiJ1J4x3Px2adT1lFdFLEHaoux
        kNyFpZg14bHjyB02IiHTEIxzqtDy/fG+5sLlzn8rZtbAUVQRC1INYwLDgB3CTtFWOJbnhP
        5xyzPG+IJRP1iTdCeuQ=
        """)

    static let dsaSignature = SSHVector.armored(
        """
        U1NIU0lHAAAAAQAAAbIAAAAHc3NoLWRzcwAAAIEAxkl6Kpl6ev+fgEj710lyspC/f8UlVY
        xoJ4VU5Vy17FKVz3HUrd/mTNWjOiIFUVPeSqZ4paQ1wotS6Ko7Jnu0DUJK4N/7E3tz1tlj
        YI70occaiscjegXiDzESOVV4PSLF0EuO7v0sQjHh5R+tG0CC9LjheEvtlkf38dzXYBPb5w
        kAAAAVANAgd3Vl+PqzxyNKjTLueQ2zY8vdAAAAgCLqFR1cYLO3GuaaZFeGYEdrAblK7Gy3
        o/4M6UCFRs/JraxC/UKTce5lCYMOlo9F1M2OvsSy4lAL+ZwzCQcXFJQCl1RDnIpv5itsKH
        hOdnGhofCU8R+zGOiGSLR2/HJNlK7mbJnGbyVyCZHYPicOig79vNEjkqJ5hulwTpsnrXN4
        AAAAgQCrkNZqe4diwMiXlhevYvBgH95zvE4RqL34UdHuUPh8DMqleUUOfSWAIS0eInUnjH
        c/HZp1PWUV0UsQdqi7GQ3IWlmDXhsePIHTYiIdMQjHOq0PL98b7mwuXOfytm1sBRVBELUg
        1jAsOAHcJO0VY4lueE/nHLM8b4glE/WJN0J65AAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZG
        dlcgAAAAAAAAAGc2hhNTEyAAAANwAAAAdzc2gtZHNzAAAAKAGGsOm/qZwLqOWfbsVgBDBl
        5j5rSDZ3JslnoSOTrN6kgRR3pExU4MA=
        """)

    /// An Ed25519 certificate, valid for ever.
    static let certificateKey = SSHVector.line(
        "ssh-ed25519-cert-v01@openssh.com",
        """
        AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIE5NKjG6+Zgq5TfMwm
        XdW4F5qWkq2r96Pg4Ysp9zYp9vAAAAID2UOxlQWU4zPErJqFMpD/dgxKH1d4taMr9gRuf/
        MtemAAAAAAAAAAAAAAABAAAAAXgAAAAJAAAABWFsaWNlAAAAAAAAAAD//////////wAAAA
        AAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZv
        cndhcmRpbmcAAAAAAAAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC
        1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5
        AAAAIELvCzZqnC1zU4iQmeIGnV7xSfc1xVkjzWnBdKqSyTN7AAAAUwAAAAtzc2gtZWQyNT
        UxOQAAAEC3RG9q7tbGakjJ7iB5mn50awpgIjwFe6xP35TkXhE64hC/8+HY9bbOWuJxnzk4
        plKCEIw+TIfvNQgGc+SdEq8M
        """)

    static let certificateSignature = SSHVector.armored(
        """
        U1NIU0lHAAAAAQAAAbYAAAAgc3NoLWVkMjU1MTktY2VydC12MDFAb3BlbnNzaC5jb20AAA
        AgTk0qMbr5mCrlN8zCZd1bgXmpaSrav3o+Dhiyn3Nin28AAAAgPZQ7GVBZTjM8SsmoUykP
        92DEofV3i1oyv2BG5/8y16YAAAAAAAAAAAAAAAEAAAABeAAAAAkAAAAFYWxpY2UAAAAAAA
        AAAP//////////AAAAAAAAAIIAAAAVcGVybWl0LVgxMS1mb3J3YXJkaW5nAAAAAAAAABdw
        ZXJtaXQtYWdlbnQtZm9yd2FyZGluZwAAAAAAAAAWcGVybWl0LXBvcnQtZm9yd2FyZGluZw
        AAAAAAAAAKcGVybWl0LXB0eQAAAAAAAAAOcGVybWl0LXVzZXItcmMAAAAAAAAAAAAAADMA
        AAALc3NoLWVkMjU1MTkAAAAgQu8LNmqcLXNTiJCZ4gadXvFJ9zXFWSPNacF0qpLJM3sAAA
        BTAAAAC3NzaC1lZDI1NTE5AAAAQLdEb2ru1sZqSMnuIHmafnRrCmAiPAV7rE/flOReETri
        EL/z4dj1ts5a4nGfOTimUoIQjD5Mh+81CAZz5J0SrwwAAAAXcmVsZWFzZS1hcHByb3ZhbE
        BsZWRnZXIAAAAAAAAABnNoYTUxMgAAAFMAAAALc3NoLWVkMjU1MTkAAABAd5EL+NLDzIha
        b3O4y2/whB0kwSW9Dxd/Z/NDA4NUsErcFeAf52MGpILkRgdH03HcZzQs34lAf9+k4PSlQ0
        MuBA==
        """)

    /// By ``SSHVector/rsa`` with SHA-1, which is what the signature type `ssh-rsa` means.
    static let sha1Signature = SSHVector.armored(
        """
        U1NIU0lHAAAAAQAAAZcAAAAHc3NoLXJzYQAAAAMBAAEAAAGBAOIYfHvan/Dmq7vMAAc2Bb
        4M5e7l7wt4JgRVnJTmtO9QFMG1Udm30MWgaLrh6hpyuR4JX/5i4VukZFck08FCAFWS+W8b
        XniLpx3eY4EBXrHhOb8HFOJLrT773bmPO0MUWbxHIfvnML+JbUDZMRbO/B+SPgoaDXuwH+
        WoGC6Y4fRvPS95MmLDaUKI4mwcjzZFnLrBdPAs+82/Q3LpeDw/zEDryyCYbhyqoBzp1Imb
        dyr24aFZO3ZxFgjtaQEMn9MmBri9E96SAgqXYkY/ZKOHhCrqMJ4qlczYTCEyg87PRTaTU/
        83S72Nc1W0SHXeh+jJ4V1faGQ1EAhonoJ8OLRwduxrP+dUc78w6+OBSsZ72BwkRKAkiDic
        mivKiL8Gb/eX6U4+yxmCO/gE6BidYYWR+BPLtIg4SVcvvTwNm/FIvW6vc7lUpufIrIU2dd
        Cvx8QPkzpdNnmqkKQ7izTwEeLwTtUARevsh3Qe+Zdfs8fPhyJH4MVtJglfOd0hquuCswrq
        kQAAABdyZWxlYXNlLWFwcHJvdmFsQGxlZGdlcgAAAAAAAAAGc2hhNTEyAAABjwAAAAdzc2
        gtcnNhAAABgFSMFjhtpiyHhAet5FWvVfNurntjI0PQxa3XU9jE9SxV3Ahg8fp+2ZdWX2Ld
        wm7qkwzEYU2dChR+Ha0qU0rQ7l+q3qQCkXbdQkAQEbJzlSwoNKmMePvP59fuqjSr257nvo
        jVBCTLbEtWkIzwJ3pRrhRETttzA5oFq34QpemTybvuPhSk1jA1P3Xz3TfXB0ADUqAtlzfb
        aq+NdRCpS6dS+YitZrvlaGIaP4O9JMdpDAk/FHsjFTewyXsYiNEdH785ymDD9Y7GjetUl1
        LelWNeOoQC2AvLkPDvPmLGdUIkQxyz72AquaD+v76OqFc9kIQovw9LU7BZc9ZgFC7hQ1mc
        9BA+Y6prYf/fqYm2TH/s9yAz41+pYzs2tZrP3LX8g278S327FooZkSBQD1EZ6fh9TRIN38
        aBOiwivDgyFSE8alhwvfNZ0vFX7VhbUOxbi1cGTaOahDt7uAyv7L3Nzt/2EnMLUMbprgoi
        UW54S4k9cRNUDb6rrS+fyBXXqLmUr9w5PQ==
        """)

    /// Good, but made with `-n git` by ``SSHVector/ed25519``.
    static let gitSignature = SSHVector.armored(
        """
        U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgkBRPelr4V6v+vyCGz7A79kUs+c
        qMQgWxcixRPlxvn0YAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5
        AAAAQIEUkamFneE66PkbfqxipIlAPIStGfR4EHjIYSUGKygsocFJIzvcN8zsFdkv4ZSPSk
        daTMWS+J5amEHO2SBr8wQ=
        """)
}
