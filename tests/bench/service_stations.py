"""Accepted stations in the database of MERIDIAN_HOME: `python -m tests.bench.service_stations <stations> <profile>`.

Their keys are hashed at a thousandth of the usual cost: what a storm does to the gateway is measured after it has
verified each key once, so the hashes would only make the preparation long.
"""

import base64
import hashlib
import sys
from datetime import UTC, datetime

import django

KEY = b"the-key-of-all-those"
PREFIX = "BENCH-"


def cheap_hash() -> str:
    salt = b"sixteen-bytes-of"
    digest = hashlib.scrypt(KEY, salt=salt, n=16, r=8, p=1, dklen=32)
    return f"scrypt$16$8$1${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def enlist(count: int, profile: int) -> None:
    from stations import registry
    from stations.models import Station, StationKey

    now, hashed = datetime.now(UTC), cheap_hash()
    stations = Station.objects.bulk_create(
        Station(
            identity=f"{PREFIX}{number}",
            folded=registry.fold(f"{PREFIX}{number}"),
            status=Station.Status.ACCEPTED,
            status_at=now,
            registered_at=now,
            profile=profile,
        )
        for number in range(count)
    )
    if profile == 3:
        return
    StationKey.objects.bulk_create(
        StationKey(
            station=station,
            hashed=hashed,
            state=StationKey.State.SETTLED,
            made_by="bench",
            made_at=now,
            changed_at=now,
        )
        for station in stations
    )


if __name__ == "__main__":
    django.setup()
    enlist(int(sys.argv[1]), int(sys.argv[2]))
