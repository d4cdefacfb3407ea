"""Time through a Smart Meter Gateway: NTP inside TLS, certificates on both sides."""

import pytest

from tests.sim.meter_gateway import Gateway
from tests.sim.time_certificates import Authority
from tests.timesync.client.conftest import codes, look
from timesync.client.results import StampSource
from timesync.client.targets import Identity, Protection, Target
from timesync.nts.codes import Code

HOME = Authority("Home Area Network")


def identity(authority: Authority = HOME) -> Identity:
    issued = authority.issue("charging-station")
    return Identity(issued.certificate, issued.key)


def target_of(gateway: Gateway, **changes: object) -> Target:
    known = {
        "host": "localhost",
        "port": gateway.port,
        "protection": Protection.CHANNEL,
        "anchors_pem": HOME.pem,
        "allow_private": True,
        "identity": identity(),
    }
    return Target("gateway", **(known | changes))


@pytest.mark.requirement("T17")
def test_time_comes_through_the_channel_and_is_bounded_by_the_round_trip():
    with Gateway(HOME) as gateway:
        gateway.offset_ns = 2_000_000_000
        gateway.wait_s = 0.002
        probe = look(target_of(gateway))
    assert probe.troubles == ()
    assert probe.best is not None
    assert probe.is_authenticated
    assert probe.protection == Protection.CHANNEL
    assert not probe.exchanges[0].is_authenticated  # the packet itself is not; the channel is
    assert abs(probe.best.offset_ns - 2_000_000_000) <= probe.best.bound_ns
    assert {exchange.sent.source for exchange in probe.exchanges} == {StampSource.PROGRAM}
    assert len(probe.samples) == 4


@pytest.mark.requirement("T17")
def test_a_gateway_that_cannot_be_trusted_is_sent_nothing():
    with Gateway(Authority("Somebody Else")) as gateway:
        assert codes(look(target_of(gateway))) == {Code.CERTIFICATE_UNTRUSTED}


@pytest.mark.requirement("T17")
@pytest.mark.parametrize("shown", [None, identity(Authority("Somebody Else"))])
def test_a_gateway_gives_no_time_to_a_stranger(shown):
    with Gateway(HOME) as gateway:
        probe = look(target_of(gateway, identity=shown))
    assert probe.best is None
    assert codes(probe) <= {Code.TLS_CLOSED, Code.TLS_REFUSED, Code.UNREACHABLE}
    assert codes(probe)


@pytest.mark.requirement("T17")
def test_a_gateway_that_hangs_up_is_told():
    with Gateway(HOME) as gateway:
        gateway.hangs_up_after = 2
        probe = look(target_of(gateway))
    assert len(probe.samples) == 2
    assert codes(probe) & {Code.TLS_CLOSED, Code.UNREACHABLE}
