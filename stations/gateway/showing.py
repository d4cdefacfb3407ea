"""Tell open pages, every other second at most, which kinds of things changed here; they ask for what they show."""

import asyncio
from dataclasses import dataclass, field

from stations import bell
from stations.gateway.desk import Desk
from stations.gateway.reception import Reception

EVERY_S = 2.0


@dataclass
class Showing:
    """Remembers what it told last. Nothing that happened here since then: nothing is said."""

    desk: Desk
    reception: Reception
    told: dict[str, object] = field(default_factory=dict)

    async def look(self) -> None:
        await asyncio.sleep(EVERY_S)
        if topics := self.changed():
            await asyncio.to_thread(bell.show, topics)

    def changed(self) -> list[str]:
        """The topics of pages. Who is connected says more than how many: one may have come back meanwhile."""
        connections = frozenset(talk.connection for talk, _ in self.reception.inside.values())
        now: dict[str, object] = {
            "stations": (connections, self.desk.turns),
            "messages": self.desk.recorded,
            "commands": self.desk.recorded,
            "sessions-of-stations": self.desk.recorded,
            "knocking": self.reception.noted,
        }
        topics = [topic for topic, seen in now.items() if self.told.get(topic, seen) != seen]
        self.told = now
        return topics
