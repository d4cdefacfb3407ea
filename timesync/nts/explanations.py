"""Each failure in plain words, and what to do about it.

The texts are English and marked for the message catalogue. The core imports no gettext: whoever shows a text translates
it there, `gettext(EXPLANATIONS[code].text)`, so both languages come from one table.
"""

from dataclasses import dataclass
from enum import StrEnum

from timesync.nts.codes import Code


class Stage(StrEnum):
    """How far an exchange came. The order is the order of a diagnosis."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    KEYS = "keys"
    QUERY = "query"
    REPLY = "reply"
    TIME = "time"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Explanation:
    stage: Stage
    text: str
    remedy: str


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue and hand it on as it is."""
    return text


EXPLANATIONS: dict[Code, Explanation] = {
    Code.DNS_FAILED: Explanation(
        Stage.NAME,
        gettext_noop("The name of the server could not be resolved."),
        gettext_noop("Check the spelling and the name servers of this machine."),
    ),
    Code.ADDRESS_REFUSED: Explanation(
        Stage.NAME,
        gettext_noop("The name leads to a private or own address, which this source may not use."),
        gettext_noop(
            "If the server is in your own network, allow private addresses for this source; otherwise distrust DNS."
        ),
    ),
    Code.TCP_REFUSED: Explanation(
        Stage.CONNECT,
        gettext_noop("The server refused the connection for key establishment."),
        gettext_noop("Ask its operator whether NTS is switched on, and check the port (4460 unless agreed otherwise)."),
    ),
    Code.TCP_TIMEOUT: Explanation(
        Stage.CONNECT,
        gettext_noop("No connection for key establishment came about in time."),
        gettext_noop("Open outgoing TCP to this port in the firewall; 4460 is often forgotten."),
    ),
    Code.UNREACHABLE: Explanation(
        Stage.CONNECT,
        gettext_noop("The network knows no way to the server."),
        gettext_noop("Check routes, the address family (IPv4 or IPv6) and the network of this machine."),
    ),
    Code.TLS_TIMEOUT: Explanation(
        Stage.TLS,
        gettext_noop("The TLS handshake was not finished in time."),
        gettext_noop("Look for a firewall that inspects TLS, or for an overloaded server."),
    ),
    Code.TLS_CLOSED: Explanation(
        Stage.TLS,
        gettext_noop("The server closed the connection during the TLS handshake."),
        gettext_noop("Often a server that speaks no TLS 1.3, or another service on this port."),
    ),
    Code.TLS_REFUSED: Explanation(
        Stage.TLS,
        gettext_noop("The TLS handshake failed."),
        gettext_noop(
            "The detail names the reason that the TLS library gave; check that the port speaks NTS key establishment."
        ),
    ),
    Code.TLS_VERSION: Explanation(
        Stage.TLS,
        gettext_noop("The server does not speak TLS 1.3."),
        gettext_noop("NTS demands TLS 1.3; ask the operator of the server for it, and check for a proxy in between."),
    ),
    Code.ALPN_MISSING: Explanation(
        Stage.TLS,
        gettext_noop("The server did not agree to the protocol ntske/1."),
        gettext_noop("Another TLS service answers on this port; check address and port."),
    ),
    Code.CERTIFICATE_EXPIRED: Explanation(
        Stage.TLS,
        gettext_noop("The certificate of the server has expired."),
        gettext_noop("The operator of the server must renew it. Check the clock of this machine as well."),
    ),
    Code.CERTIFICATE_NOT_YET_VALID: Explanation(
        Stage.TLS,
        gettext_noop("The certificate of the server is not valid yet."),
        gettext_noop("Nearly always the clock of this machine is behind; set it and try again."),
    ),
    Code.CERTIFICATE_SELF_SIGNED: Explanation(
        Stage.TLS,
        gettext_noop("The certificate is self-signed and not among the trust anchors of this source."),
        gettext_noop("If it is the right one, add it to the trust anchors of this source."),
    ),
    Code.CERTIFICATE_UNTRUSTED: Explanation(
        Stage.TLS,
        gettext_noop("The certificate comes from an authority that this source does not trust."),
        gettext_noop("If it is the right one, add its root certificate to this source; the system's own are not used."),
    ),
    Code.CERTIFICATE_REVOKED: Explanation(
        Stage.TLS,
        gettext_noop("The certificate of the server was revoked."),
        gettext_noop("Do not use this source until its operator has a new certificate."),
    ),
    Code.CERTIFICATE_WRONG_NAME: Explanation(
        Stage.TLS,
        gettext_noop("The certificate belongs to another name than that of the server."),
        gettext_noop("Enter the source by the name in its certificate."),
    ),
    Code.CERTIFICATE_INVALID: Explanation(
        Stage.TLS,
        gettext_noop("The certificate chain of the server cannot be accepted."),
        gettext_noop("The detail names the check that failed; the operator of the server must put it right."),
    ),
    Code.NO_TRUST_ANCHORS: Explanation(
        Stage.TLS,
        gettext_noop("No trust anchor is set for this source."),
        gettext_noop("Add the root certificate of the authority that the source's operator names."),
    ),
    Code.KE_TIMEOUT: Explanation(
        Stage.KEYS,
        gettext_noop("The server did not answer the key establishment in time."),
        gettext_noop("Try later; if it stays so, ask the operator of the server."),
    ),
    Code.KE_CLOSED: Explanation(
        Stage.KEYS,
        gettext_noop("The server closed the connection without an answer."),
        gettext_noop("Some servers do so when they dislike a request; try fewer algorithms and no options."),
    ),
    Code.KE_TRUNCATED: Explanation(
        Stage.KEYS,
        gettext_noop("The answer of the key establishment ends in the middle."),
        gettext_noop("Try again; if it stays so, the server is faulty."),
    ),
    Code.KE_OVERSIZE: Explanation(
        Stage.KEYS,
        gettext_noop("The answer of the key establishment is larger than any honest one."),
        gettext_noop("The server is faulty or hostile; do not use it."),
    ),
    Code.KE_TRAILING_DATA: Explanation(
        Stage.KEYS,
        gettext_noop("Something follows the end of the key establishment's answer."),
        gettext_noop("The server is faulty; tell its operator."),
    ),
    Code.KE_MALFORMED_RECORD: Explanation(
        Stage.KEYS,
        gettext_noop("A record of the key establishment is malformed."),
        gettext_noop("The server is faulty; tell its operator."),
    ),
    Code.KE_DUPLICATE_RECORD: Explanation(
        Stage.KEYS,
        gettext_noop("A record that may come once came twice."),
        gettext_noop("The server is faulty; tell its operator."),
    ),
    Code.KE_UNKNOWN_CRITICAL: Explanation(
        Stage.KEYS,
        gettext_noop("The server demands something that this client does not know."),
        gettext_noop("Look for a newer version of this software, or use another source."),
    ),
    Code.KE_ERROR_UNRECOGNIZED: Explanation(
        Stage.KEYS,
        gettext_noop("The server did not understand a demand of ours."),
        gettext_noop("Switch off the options of this source (signed responses, wished server) and try again."),
    ),
    Code.KE_ERROR_BAD_REQUEST: Explanation(
        Stage.KEYS,
        gettext_noop("The server calls our request malformed."),
        gettext_noop("Switch off the options of this source; if it stays so, report it to us."),
    ),
    Code.KE_ERROR_INTERNAL: Explanation(
        Stage.KEYS,
        gettext_noop("The server had an internal error."),
        gettext_noop("Try later; if it stays so, tell its operator."),
    ),
    Code.KE_ERROR_OTHER: Explanation(
        Stage.KEYS,
        gettext_noop("The server reported an error that no standard names."),
        gettext_noop("Ask the operator of the server what its number means."),
    ),
    Code.KE_WARNING: Explanation(
        Stage.KEYS,
        gettext_noop("The server sent a warning that no standard names."),
        gettext_noop("Warnings count as errors, since their meaning is unknown; ask the operator of the server."),
    ),
    Code.KE_NO_PROTOCOL: Explanation(
        Stage.KEYS,
        gettext_noop("The server offers no NTPv4."),
        gettext_noop("Use another source."),
    ),
    Code.KE_NO_AEAD: Explanation(
        Stage.KEYS,
        gettext_noop("The server supports none of the offered algorithms."),
        gettext_noop("Allow AES-SIV-CMAC-256 for this source; each server must know it."),
    ),
    Code.KE_AEAD_NOT_OFFERED: Explanation(
        Stage.KEYS,
        gettext_noop("The server chose an algorithm that was not offered."),
        gettext_noop("The server is faulty (some older ones do so); offer AES-SIV-CMAC-256 or use another source."),
    ),
    Code.KE_NO_COOKIES: Explanation(
        Stage.KEYS,
        gettext_noop("The server sent no cookie."),
        gettext_noop("The server is faulty; tell its operator."),
    ),
    Code.KE_BAD_COOKIE: Explanation(
        Stage.KEYS,
        gettext_noop("The server sent a cookie that cannot be used."),
        gettext_noop("The server is faulty; tell its operator."),
    ),
    Code.KE_REDIRECT_REFUSED: Explanation(
        Stage.KEYS,
        gettext_noop("The server sent us to a private or own address."),
        gettext_noop("If that is meant, allow private addresses for this source; otherwise do not trust it."),
    ),
    Code.KE_TOO_SOON: Explanation(
        Stage.KEYS,
        gettext_noop("A new key establishment would come too soon after the last one."),
        gettext_noop("Nothing: it follows by itself. A person may start one at any time."),
    ),
    Code.KEYS_UNUSABLE: Explanation(
        Stage.KEYS,
        gettext_noop("The keys that were handed over cannot be used."),
        gettext_noop("Have them made anew by the system that sent them."),
    ),
    Code.NTP_REFUSED: Explanation(
        Stage.QUERY,
        gettext_noop("The server's machine refuses NTP on this port."),
        gettext_noop("Its time service is not running, or listens on another port."),
    ),
    Code.NTP_TIMEOUT: Explanation(
        Stage.QUERY,
        gettext_noop("No reply to the NTP request came in time."),
        gettext_noop(
            "Open outgoing UDP to this port in the firewall, and its replies. After an old cookie, new keys help."
        ),
    ),
    Code.NTP_SILENT_AFTER_REPLIES: Explanation(
        Stage.QUERY,
        gettext_noop("The server replied at first and then fell silent."),
        gettext_noop("It probably limits requests without saying so; ask less often."),
    ),
    Code.LARGE_REQUEST_LOST: Explanation(
        Stage.QUERY,
        gettext_noop("A large request was lost while a small one is answered."),
        gettext_noop("Something on the way drops large NTP packets; cookies are asked for one at a time."),
    ),
    Code.COOKIES_USED_UP: Explanation(
        Stage.QUERY,
        gettext_noop("No cookie is left."),
        gettext_noop("Nothing: a new key establishment follows as soon as it is allowed."),
    ),
    Code.COOKIES_RUNNING_OUT: Explanation(
        Stage.QUERY,
        gettext_noop("The server gives fewer cookies than asked for."),
        gettext_noop("Nothing at first; key establishments will be more frequent."),
    ),
    Code.REPLY_MALFORMED: Explanation(
        Stage.REPLY,
        gettext_noop("A reply is not a well-formed NTP packet."),
        gettext_noop("Noise or a faulty server; it was dropped. Look closer if it goes on."),
    ),
    Code.REPLY_TOO_LARGE: Explanation(
        Stage.REPLY,
        gettext_noop("A reply is larger than its request."),
        gettext_noop("It was dropped: such servers can be abused to flood others. Tell its operator."),
    ),
    Code.REPLY_WRONG_MODE: Explanation(
        Stage.REPLY,
        gettext_noop("A reply does not have the version or mode of an NTP server's reply."),
        gettext_noop("Another service answers on this port, or packets are reflected."),
    ),
    Code.REPLY_WRONG_ORIGIN: Explanation(
        Stage.REPLY,
        gettext_noop("A reply does not belong to our request."),
        gettext_noop("Late or forged; it was dropped. Many of them mean an attack."),
    ),
    Code.REPLY_REPLAYED: Explanation(
        Stage.REPLY,
        gettext_noop("A reply came a second time."),
        gettext_noop("It was dropped. Many of them mean an attack or a faulty network."),
    ),
    Code.REPLY_WRONG_IDENTIFIER: Explanation(
        Stage.REPLY,
        gettext_noop("The identifier of a reply is not that of our request."),
        gettext_noop("Forged or damaged on the way; it was dropped."),
    ),
    Code.REPLY_NOT_AUTHENTICATED: Explanation(
        Stage.REPLY,
        gettext_noop("A reply came without authentication."),
        gettext_noop("It was dropped. Either it is forged, or NTS is switched off at the server."),
    ),
    Code.AUTHENTICATION_FAILED: Explanation(
        Stage.REPLY,
        gettext_noop("The authentication of a reply is wrong."),
        gettext_noop("It was dropped: forged or damaged on the way, or the server uses other keys."),
    ),
    Code.NTS_NAK: Explanation(
        Stage.REPLY,
        gettext_noop("The server does not know our cookie any more."),
        gettext_noop("Nothing: new keys follow. Often the server was restarted or changed its keys."),
    ),
    Code.KISS_RATE: Explanation(
        Stage.REPLY,
        gettext_noop("The server asks us to ask less often."),
        gettext_noop("It is obeyed. Set a longer interval for this source."),
    ),
    Code.KISS_DENY: Explanation(
        Stage.REPLY,
        gettext_noop("The server denies us its service."),
        gettext_noop("It is obeyed, the source rests. Ask its operator for access."),
    ),
    Code.KISS_OTHER: Explanation(
        Stage.REPLY,
        gettext_noop("The server sent a kiss code instead of time."),
        gettext_noop("The code stands in the detail; ask the operator of the server."),
    ),
    Code.KISS_FORGED: Explanation(
        Stage.REPLY,
        gettext_noop("A kiss code came without authentication."),
        gettext_noop("It was ignored: anybody could have sent it. Many of them mean an attack."),
    ),
    Code.SIGNATURE_MISSING: Explanation(
        Stage.REPLY,
        gettext_noop("The signed response that was asked for did not come."),
        gettext_noop("The time was used, but cannot be proved to others. Check whether the server offers it."),
    ),
    Code.SIGNATURE_INVALID: Explanation(
        Stage.REPLY,
        gettext_noop("The signature of a response is wrong."),
        gettext_noop("The response was dropped; the server is faulty or somebody meddles."),
    ),
    Code.SIGNATURE_KEY_UNKNOWN: Explanation(
        Stage.REPLY,
        gettext_noop("A response is signed with a key that the server did not announce."),
        gettext_noop("Establish new keys; if it stays so, the server is faulty."),
    ),
    Code.UNSYNCHRONISED: Explanation(
        Stage.TIME,
        gettext_noop("The server says that it has no time itself."),
        gettext_noop("Use another source meanwhile; tell its operator."),
    ),
    Code.STRATUM_INVALID: Explanation(
        Stage.TIME,
        gettext_noop("The server states an impossible stratum."),
        gettext_noop("The server is faulty; use another source."),
    ),
    Code.ZERO_STAMPS: Explanation(
        Stage.TIME,
        gettext_noop("The reply lacks a time stamp."),
        gettext_noop("The server is faulty; use another source."),
    ),
    Code.SERVER_STAMPS_BACKWARDS: Explanation(
        Stage.TIME,
        gettext_noop("The server sent its reply before it received the request, by its own clock."),
        gettext_noop("Its clock was stepped in between, or it lies; the sample was dropped."),
    ),
    Code.NEGATIVE_DELAY: Explanation(
        Stage.TIME,
        gettext_noop("The reply would have travelled for less than no time."),
        gettext_noop("The server's stamps contradict each other; the sample was dropped."),
    ),
    Code.DELAY_TOO_LARGE: Explanation(
        Stage.TIME,
        gettext_noop("The round trip took too long for a useful measurement."),
        gettext_noop("Look for congestion, or use a nearer source."),
    ),
    Code.PROCESSING_TOO_LONG: Explanation(
        Stage.TIME,
        gettext_noop("The server took very long for its reply."),
        gettext_noop("It is overloaded or its stamps are wrong; the sample was dropped."),
    ),
    Code.ROOT_DISTANCE_TOO_LARGE: Explanation(
        Stage.TIME,
        gettext_noop("The server itself knows the time only roughly."),
        gettext_noop("Use a source nearer to a reference clock."),
    ),
    Code.FROZEN_CLOCK: Explanation(
        Stage.TIME,
        gettext_noop("The clock of the server stands still."),
        gettext_noop("The server is faulty; use another source."),
    ),
    Code.SOURCE_LOOP: Explanation(
        Stage.TIME,
        gettext_noop("The server takes its time from us."),
        gettext_noop("Take one of the two out of the other's list of sources."),
    ),
    Code.FALSETICKER: Explanation(
        Stage.TIME,
        gettext_noop("The time of this source contradicts the majority."),
        gettext_noop("It was outvoted. See by how much and since when; tell its operator."),
    ),
    Code.NO_MAJORITY: Explanation(
        Stage.TIME,
        gettext_noop("No majority of the sources agrees."),
        gettext_noop("No time was chosen. Add sources of other operators; four or more are wise."),
    ),
    Code.TOO_FEW_AGREE: Explanation(
        Stage.TIME,
        gettext_noop("Fewer sources agree than this group demands."),
        gettext_noop("Find out why the others failed, or add sources."),
    ),
    Code.DEVIATION_TOO_LARGE: Explanation(
        Stage.TIME,
        gettext_noop("The source deviates more than this group allows."),
        gettext_noop("Check the source and the clock of this machine."),
    ),
    Code.LOCAL_CLOCK_STEPPED: Explanation(
        Stage.LOCAL,
        gettext_noop("The clock of this machine was set during the measurement."),
        gettext_noop("The sample was dropped. If it happens often, look for two services that set the clock."),
    ),
    Code.INTERNAL: Explanation(
        Stage.LOCAL,
        gettext_noop("The measurement failed for a reason of our own."),
        gettext_noop("Please report it with the detail shown."),
    ),
}
