"""Key establishment over the network: from a target to keys, cookies and evidence."""

import asyncio
import time
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import SSL

from timesync.client import tls
from timesync.client.addresses import Address, resolve
from timesync.client.results import Establishment, SeenCertificate
from timesync.client.targets import Plan, Target
from timesync.nts import aead, association, establishment, records
from timesync.nts.association import Association
from timesync.nts.codes import Code
from timesync.nts.establishment import ALPN, Agreement, Wish
from timesync.nts.failures import Failure
from timesync.nts.keys import CLIENT_TO_SERVER, EXPORTER_LABEL, SERVER_TO_CLIENT, Keys, exporter_context


async def establish(target: Target, plan: Plan) -> tuple[Association, Establishment, Address]:
    """Raises Failure. Ends by itself, however slowly the server drips its answer."""
    context = tls.trust(
        target.anchors_pem,
        system=target.system_anchors,
        identity=target.identity,
        alpn=ALPN,
        oldest=SSL.TLS1_3_VERSION,
    )
    addresses = await resolve(target.host, target.port, allow_private=target.allow_private, seconds=plan.connect)
    started = time.monotonic_ns()
    plain, address = await tls.connect(addresses, seconds=plan.connect)
    connected = time.monotonic_ns()
    channel = tls.Channel(context, plain, target.host)
    stage = Code.TLS_TIMEOUT
    try:
        async with asyncio.timeout(plan.establish):
            await channel.handshake()
            if channel.tls.get_alpn_proto_negotiated() != ALPN:
                raise Failure(Code.ALPN_MISSING)
            shaken = time.monotonic_ns()
            stage = Code.KE_TIMEOUT
            wish = wish_of(target)
            answer = await _ask(channel, wish)
    except TimeoutError as error:
        raise Failure(stage, seconds=int(plan.establish)) from error
    finally:
        channel.close()
    agreement = establishment.accept(answer, wish)
    keys = _keys(channel, agreement)
    made = association.begin(agreement, keys, host=target.host)
    evidence = Establishment(
        host=target.host,
        address=address.ip,
        port=target.port,
        certificates=_certificates(channel),
        tls_version=channel.tls.get_protocol_version_name(),
        aead=agreement.aead,
        compliant_exporter=agreement.compliant_exporter,
        key_id=keys.id,
        provenance=keys.provenance,
        cookies=len(agreement.cookies),
        ntp_host=made.host,
        ntp_port=made.port,
        answer_sha256=sha256(answer).hexdigest(),
        connect_ns=connected - started,
        handshake_ns=shaken - connected,
        answer_ns=time.monotonic_ns() - shaken,
    )
    return made, evidence, address


def wish_of(target: Target) -> Wish:
    return Wish(
        tuple(number for number in target.aeads if aead.is_available(number)),
        target.wished_server,
        target.wished_port,
        public_keys=target.signed_responses,
    )


async def _ask(channel: tls.Channel, wish: Wish) -> bytes:
    """The answer, up to its End of Message: many servers keep the connection open after it."""
    await channel.write(establishment.request(wish))
    received = b""
    while (length := records.message_length(received)) is None:
        chunk = await channel.read()
        if not chunk:
            raise Failure(Code.KE_TRUNCATED if received else Code.KE_CLOSED, received=len(received))
        received += chunk
    return received[:length]


def _keys(channel: tls.Channel, agreement: Agreement) -> Keys:
    length = aead.ALGORITHMS[agreement.aead].key_length
    c2s, s2c = (
        channel.tls.export_keying_material(EXPORTER_LABEL, length, exporter_context(agreement.exporter_aead, direction))
        for direction in (CLIENT_TO_SERVER, SERVER_TO_CLIENT)
    )
    return Keys(agreement.aead, c2s, s2c)


def _certificates(channel: tls.Channel) -> tuple[SeenCertificate, ...]:
    chain: list[Any] = channel.tls.get_peer_cert_chain(as_cryptography=True) or []
    return tuple(_seen(certificate) for certificate in chain)


def _seen(certificate: x509.Certificate) -> SeenCertificate:
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SeenCertificate(
        sha256=certificate.fingerprint(SHA256()).hex(),
        key_sha256=sha256(key).hexdigest(),
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before_s=int(certificate.not_valid_before_utc.timestamp()),
        not_after_s=int(certificate.not_valid_after_utc.timestamp()),
    )
