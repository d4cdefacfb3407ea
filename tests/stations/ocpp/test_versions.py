import pytest

from stations.ocpp.versions import Version, choose

OFFERS = [
    ([], None),
    (["ocpp1.6"], Version.V16),
    (["ocpp1.6", "ocpp1.5"], Version.V16),
    (["ocpp1.5", "ocpp1.6"], Version.V16),
    (["ocpp2.0.1", "ocpp1.6"], Version.V201),
    (["ocpp1.6", "ocpp2.0.1", "ocpp2.1"], Version.V16),
    (["ocpp2.1", "ocpp2.0.1"], Version.V21),
    (["ocpp2.0"], None),
    (["ocpp1.2", "chat", ""], None),
    (["OCPP1.6"], None),
]


@pytest.mark.requirement("J02")
@pytest.mark.requirement("J03")
@pytest.mark.parametrize(("offered", "version"), OFFERS)
def test_the_first_offered_version_that_is_spoken(offered: list[str], version: Version | None) -> None:
    assert choose(offered) is version


def test_a_listener_may_speak_less() -> None:
    assert choose(["ocpp2.1", "ocpp1.6"], spoken=[Version.V16]) is Version.V16
    assert choose(["ocpp2.1"], spoken=[Version.V16]) is None
